"""Fields of conditions about a member's carts. Of several linked customers, one must fit each condition alone."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cartsync.funnel.count import build_reason_q
from cartsync.models import (
    Cart,
    CartCustomer,
    CartOrder,
    CartSubscription,
    Link,
    UnlinkedReason,
)
from members.conditions.fields.basics import build_choice_field, build_choice_ways
from members.conditions.fields.texts import build_list_q, build_list_ways
from members.conditions.kinds.base import NOTHING, LazyText
from members.conditions.kinds.choices import Choices, StaticChoices
from members.conditions.kinds.days import (
    DATE_WAYS,
    build_empty_ways,
    build_period_q,
    get_day_start,
    resolve_period,
)
from members.conditions.kinds.numbers import build_number_q, build_number_ways
from members.conditions.registry import Field, Way
from members.models import ValueList

GROUP = _("カート")
LINKED = (
    Way("filled", _("連携あり"), NOTHING, _("連携あり")),
    Way("empty", _("連携なし"), NOTHING, _("連携なし")),
)


def build_linked_condition(found: Q | None = None) -> Q:
    """Return the condition that a member is linked now with a customer whom ``found``, a condition on Link, fits."""
    links = Link.objects.current().filter(member_id=OuterRef("pk"))
    return Q(Exists(links.filter(found) if found else links))


def list_cart_choices() -> Iterable[tuple[str, str]]:
    return Cart.objects.order_by("name", "pk").values_list("public_id", "name")


def compile_cart(op: str, value: Any) -> Q:
    if op in ("filled", "empty"):
        return build_linked_condition() if op == "filled" else ~build_linked_condition()
    found = build_linked_condition(Q(cart__public_id__in=value))
    return found if op == "in" else ~found


def build_link_field(
    name: str, label: LazyText, ways: tuple[Way, ...], column: Callable[[str, Any], Q]
) -> Field:
    """Return a field that is asked of the linked customers.

    ``empty``: none of them has anything there. What is denied includes the unlinked.
    """

    def compiled(op: str, value: Any) -> Q:
        positive = {"not_in": "in", "empty": "filled"}.get(op)
        found = build_linked_condition(column(positive or op, value))
        return ~found if positive else found

    return Field(name, label, GROUP, ways, compiled)


def build_number_condition(column: str) -> Callable[[str, Any], Q]:
    return lambda op, value: build_number_q(f"customer__{column}", op, value)


def compile_ordered(op: str, value: Any) -> Q:
    """Return the condition on the newest order of the linked customers: an older one in the period does not count."""
    links = Link.objects.current().filter(
        member_id=OuterRef(OuterRef("pk")),
        cart_id=OuterRef("cart_id"),
        customer__external_id=OuterRef("customer_external_id"),
    )
    orders = CartOrder.objects.filter(Exists(links))
    if op in ("filled", "empty"):
        return Q(Exists(orders)) if op == "filled" else ~Q(Exists(orders))
    first, after = resolve_period(op, value)
    found = Q(
        Exists(orders.filter(ordered_at__gte=get_day_start(first)) if first else orders)
    )
    return (
        found & ~Q(Exists(orders.filter(ordered_at__gte=get_day_start(after))))
        if after
        else found
    )


def list_reason_choices() -> list[tuple[str, LazyText]]:
    return [(code.name.lower(), code.label) for code in UnlinkedReason.Code]


def compile_unlinked_reason(op: str, value: Any) -> Q:
    if op == "empty":
        return build_reason_q(None)
    found = build_reason_q([UnlinkedReason.Code[name.upper()] for name in value])
    return found if op == "in" else ~found


CART = Choices(list_cart_choices)


def list_field(name: str, label: LazyText) -> Field:
    """Return the field that compares a number of the linked customers with a list."""
    return Field(name, label, GROUP, build_list_ways(name), partial(build_list_q, name))


FIELDS = (
    build_choice_field(
        "cart_state", _("カートの会員状態"), GROUP, CartCustomer.State.choices
    ),
    Field(
        "cart",
        _("連携しているカート"),
        GROUP,
        (*build_choice_ways(CART), *LINKED),
        compile_cart,
    ),
    Field(
        "unlinked_reason",
        _("未連携の理由"),
        GROUP,
        (
            *build_choice_ways(StaticChoices(list_reason_choices)),
            Way("empty", _("調べる前"), NOTHING, _("調べる前")),
        ),
        compile_unlinked_reason,
    ),
    build_link_field(
        "linked_at",
        _("連携日"),
        (*DATE_WAYS, *LINKED),
        lambda op, value: (
            Q(linked_at__isnull=False)
            if op == "filled"
            else build_period_q("linked_at", op, value)
        ),
    ),
    build_link_field(
        "buy_times",
        _("購入回数"),
        build_number_ways(_("回"), nullable=False),
        build_number_condition("buy_times"),
    ),
    build_link_field(
        "buy_total",
        _("購入総額"),
        build_number_ways(_("円"), nullable=False),
        build_number_condition("buy_total"),
    ),
    build_link_field(
        "subscription_times",
        _("定期回数"),
        build_number_ways(_("回"), nullable=False),
        build_number_condition("subscription_times"),
    ),
    build_link_field(
        "points",
        _("ポイント"),
        build_number_ways(_("ポイント"), nullable=False),
        build_number_condition("points"),
    ),
    build_link_field(
        "subscription_state",
        _("定期の状態"),
        build_choice_ways(StaticChoices(lambda: CartSubscription.State.choices)),
        lambda op, value: Q(customer__subscription_state__in=value),
    ),
    Field(
        "ordered_at",
        _("最終注文日"),
        GROUP,
        (*DATE_WAYS, *build_empty_ways(_("注文なし"), _("注文あり"))),
        compile_ordered,
    ),
    list_field(ValueList.Field.CUSTOMER_ID.value, _("顧客ID")),
    list_field(ValueList.Field.CUSTOMER_NUMBER.value, _("顧客番号")),
)
