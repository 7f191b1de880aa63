"""Shippings out of mails that were read: each is put to its order, or makes it."""

from collections.abc import Sequence
from dataclasses import fields

from cartsync.connectors.base import Line, Order, Resource
from cartsync.models import (
    Cart,
    CartOrder,
    OrderMail,
)
from cartsync.ordermail.orders import ReadMail, find_orders_by_number, store_new_orders
from cartsync.sync.store import store_rows

State = OrderMail.State


def book_shippings(cart: Cart, read: Sequence[ReadMail]) -> None:
    """Note for each mail that its order was shipped: found by number, else by address, else made of the mail itself."""
    known = find_orders_by_number(cart, read)
    new: dict[str, ReadMail] = {}
    for each in read:
        row = each.row
        row.order = known.get(row.number) or (
            find_open_order(cart, row.email_key) if not row.number else None
        )
        if (
            row.order
        ):  # at once, so that the next mail without a number finds another order
            store_shipping(each, row.order)
        elif row.number and row.email_key:
            new.setdefault(row.number, each)
        else:
            row.state = State.NO_ORDER
    store_new_orders(cart, list(new.values()))
    made = find_orders_by_number(cart, list(new.values()))
    for each in read:
        each.row.order = each.row.order or made.get(each.row.number)


def find_open_order(cart: Cart, email_key: str) -> CartOrder | None:
    """Return the newest order of the address that was not shipped, of this mall first."""
    rows = CartOrder.objects.filter(email_key=email_key, shipped_at=None)
    newest = rows.exclude(email_key="").order_by("-ordered_at", "-pk")
    return newest.filter(cart=cart).first() or newest.first()


def store_shipping(each: ReadMail, order: CartOrder) -> None:
    """Set when the order was shipped and let it count; an order that was shipped before stays as it is."""
    if order.shipped_at:
        each.row.state = State.REPEATED
        return
    order.shipped_at = each.mail.received_at
    store_rows(order.cart, Resource.ORDERS, [rebuild_order(order)])


def rebuild_order(row: CartOrder) -> Order:
    """Return a stored order as a connector gives it, in the version that it has: the next one of its cart wins."""
    names = {field.name for field in fields(Order)}
    own = {field.name for field in CartOrder._meta.concrete_fields} & names
    lines = row.lines.select_related("product").order_by("position")
    return Order(
        **{name: getattr(row, name) for name in own},
        email=row.email_key,
        phone=row.phone_e164,
        lines=tuple(
            Line(line.product.external_id, line.name, line.quantity, line.price)
            for line in lines
        ),
    )
