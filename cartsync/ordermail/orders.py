"""Orders out of mails that were read: each order once, its buyer known before anybody is told of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cartsync.connectors.base import Customer, Line, Order, Resource
from cartsync.matching.link import link_members
from cartsync.matching.match import update_link_states
from cartsync.models import (
    Cart,
    CartCustomer,
    CartOrder,
    Link,
    OrderMail,
    OrderMailMask,
)
from cartsync.models.carts import ORDER_MAIL
from cartsync.ordermail.contacts import Buyer, find_or_add_buyers
from cartsync.sync.store import store_rows
from members.normalize.phones import normalize_phone
from messaging.models import IncomingMail

State = OrderMail.State
# What came before the mailbox was connected is never booked, so all that is booked is news.
ALWAYS_NEWS = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class ReadMail:
    """A mail that a mask is for, and the row that says what became of it."""

    mail: IncomingMail
    row: OrderMail
    mall: str

    @property
    def buyer(self) -> Buyer:
        row = self.row
        return Buyer(row.email, row.name, row.phone, self.mail.received_at, self.mall)

    @property
    def taken_as(self) -> str:
        return "unread" if self.row.state == State.FAILED else self.row.kind


def get_or_add_mail_cart(mall: str) -> Cart:
    cart: Cart = Cart.objects.get_or_create(
        kind=ORDER_MAIL, name=mall, defaults={"news_from": ALWAYS_NEWS}
    )[0]
    return cart


def book_orders(cart: Cart, read: Sequence[ReadMail]) -> None:
    """Store an order for each number that is new; further mails of an order are put to it."""
    known = find_orders_by_number(cart, read)
    new: dict[str, ReadMail] = {}
    for each in read:
        if each.row.number in known or each.row.number in new:
            each.row.state = State.REPEATED
        else:
            new[each.row.number] = each
    store_new_orders(cart, list(new.values()))
    known |= find_orders_by_number(cart, list(new.values()))
    for each in read:
        each.row.order = known.get(each.row.number)


def find_orders_by_number(cart: Cart, read: Sequence[ReadMail]) -> dict[str, CartOrder]:
    """Return number → the order that it is: of this cart, else of an API cart where no buyer contradicts it."""
    by_number = {
        each.row.number: each.row for each in reversed(read) if each.row.number
    }
    rows = CartOrder.objects.filter(number__in=by_number).select_related("cart")
    found: dict[str, CartOrder] = {}
    for order in rows.order_by("pk"):
        if order.cart_id == cart.pk:
            found[order.number] = order
        elif order.cart.kind != ORDER_MAIL and is_same_buyer(
            order, by_number[order.number]
        ):
            found.setdefault(order.number, order)
    return found


def is_same_buyer(order: CartOrder, row: OrderMail) -> bool:
    """Return whether the buyers can be one: numbers of two systems may be alike by chance."""
    if not order.email_key or not row.email_key or order.email_key == row.email_key:
        return True
    return bool(order.phone_e164) and order.phone_e164 == normalize_phone(row.phone)


def store_new_orders(cart: Cart, read: Sequence[ReadMail]) -> None:
    """Store customers, contacts, links and orders, in this order: then whoever is told of an order knows the buyer."""
    if not read:
        return
    buyers = [each.buyer for each in read if each.row.email_key]
    store_rows(cart, Resource.CUSTOMERS, [build_customer(buyer) for buyer in buyers])
    link_buyers(cart, find_or_add_buyers(cart.tenant, buyers))
    store_rows(cart, Resource.ORDERS, [build_order(each) for each in read])


def build_customer_id(email_key: str) -> str:
    """Return the id of the customer with this address."""
    return f"mail:{hashlib.sha256(email_key.encode()).hexdigest()[:32]}"


def build_customer(buyer: Buyer) -> Customer:
    return Customer(
        build_customer_id(buyer.key),
        "",
        buyer.name,
        buyer.email,
        buyer.phone,
        CartCustomer.State.GUEST,
        buyer.at,
    )


def build_order(each: ReadMail) -> Order:
    row, at = each.row, each.mail.received_at
    return Order(
        external_id=row.number,
        customer_external_id=build_customer_id(row.email_key),
        number=row.number,
        state=CartOrder.State.PENDING,
        times=0,
        total=row.total or 0,
        ordered_at=row.ordered_at or at,
        changed_at=at,
        lines=tuple(Line("", name) for name in row.products),
        name=row.name,
        email=row.email,
        phone=row.phone,
        received_at=at,
        shipped_at=at if row.kind == OrderMailMask.Kind.SHIPPED else None,
    )


def link_buyers(cart: Cart, members: dict[str, int]) -> None:
    """Link the customers of these addresses with their members; that makes nobody 連携済み with a cart."""
    ids = {build_customer_id(key): member_id for key, member_id in members.items()}
    customers = cart.customers.filter(external_id__in=ids)
    names = dict(customers.values_list("pk", "external_id"))
    # Asked by itself: joined, the planner looks all links through, as long as it knows nothing of them.
    linked = Link.objects.current().filter(cart=cart, customer__in=names)
    known = set(linked.values_list("customer_id", flat=True))
    pairs = [(ids[name], pk) for pk, name in names.items() if pk not in known]
    linked_now = link_members(cart, pairs, matched_by="email")
    if linked_now:
        update_link_states(linked_now)
