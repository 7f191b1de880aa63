"""Merge fields of the order that started a run of a step message."""

from collections.abc import Collection, Mapping

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cartsync.models import CartOrder
from messaging.content.events import EventField, EventFields

# Events of orders: "order:12" and "shipped:12", by the order's pk (cartsync/events.py).
PREFIXES = ("order", "shipped")
MOST_PRODUCTS, LONGEST_NAME = 10, 60
FIELDS = {
    "order_name": EventField(_("注文者名"), "山田 花子", "お客様"),
    "order_number": EventField(_("注文番号"), "SC-10423"),
    "ordered_at": EventField(_("注文日時"), "2026年11月30日 13:05"),
    "products": EventField(_("商品"), "うるおい化粧水", "ご注文の商品"),
}


def load_order_values(keys: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """Return what the orders of these events fill in, by the event's key; two queries, however many."""
    by_pk: dict[int, list[str]] = {}
    for key in keys:
        prefix, _colon, number = key.partition(":")
        if prefix in PREFIXES and number.isdigit():
            by_pk.setdefault(int(number), []).append(key)
    if not by_pk:
        return {}
    orders = CartOrder.objects.filter(pk__in=by_pk).prefetch_related("lines__product")
    return {
        key: values
        for order in orders
        for values in [describe_order(order)]
        for key in by_pk[order.pk]
    }


def describe_order(order: CartOrder) -> dict[str, str]:
    at = timezone.localtime(order.ordered_at)
    return {
        "order_name": order.name.strip().removesuffix("様").strip(),
        "order_number": order.number,
        "ordered_at": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        "products": describe_products(order),
    }


def describe_products(order: CartOrder) -> str:
    """Return the names of what was ordered, in the order's own order, the first ten of them."""
    lines = sorted(order.lines.all(), key=lambda line: line.position)
    names = dict.fromkeys(
        (line.name or line.product.name).strip()[:LONGEST_NAME] for line in lines
    )
    shown = [name for name in names if name]
    return "、".join(shown[:MOST_PRODUCTS]) + (
        "ほか" if len(shown) > MOST_PRODUCTS else ""
    )


ORDER_FIELDS = EventFields(frozenset(PREFIXES), FIELDS, load_order_values)
