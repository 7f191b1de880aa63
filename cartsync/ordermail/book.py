"""Store the orders that mails told of, each mail once: as orders of a cart of kind 注文メール, in sets.

An order of the same number that a cart told by its API is the same order: the mail is put to it and stores nothing.
One shop's mails are booked one after the other, under a lock, so that two workers never make two orders of one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from django.db import connection, transaction

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
from cartsync.ordermail.masks import choose_mask
from cartsync.ordermail.reading import MailReading
from cartsync.ordermail.values import MailField
from cartsync.sync.store import store_rows
from members.normalize.keys import normalize_email, normalize_phone
from messaging.models import IncomingMail
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

LOCK_CLASS = 0x6F6D6C  # "oml"
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


def take_order_mails(mails: Sequence[IncomingMail]) -> dict[int, str]:
    """Book the mails that a mask is for, in the caller's transaction; return mail id → as what each was taken."""
    masks = list(OrderMailMask.objects.in_use())
    read = [found for mail in mails if masks and (found := read_one(masks, mail))]
    book_read_mails(read)
    return {each.mail.pk: each.taken_as for each in read}


def read_one(
    masks: Sequence[OrderMailMask], mail: IncomingMail, row: OrderMail | None = None
) -> ReadMail | None:
    """Return the mail as its mask reads it; None when no mask is for it. ``row``: of a mail that is read again."""
    chosen = choose_mask(masks, mail)
    if not chosen:
        return None
    mask, reading = chosen
    row = row or OrderMail(mail=mail)
    row.mask, row.kind = mask, mask.kind
    fill_row(row, reading)
    return ReadMail(mail, row, mask.mall)


def fill_row(row: OrderMail, reading: MailReading) -> None:
    """Write what was read into the row."""
    row.state = State.BOOKED if reading.is_whole else State.FAILED
    row.missing = ",".join(reading.missing)
    row.number = reading.get(MailField.NUMBER) or ""
    row.name = reading.get(MailField.NAME) or ""
    row.email = (reading.get(MailField.EMAIL) or "")[:254]
    row.email_key = normalize_email(row.email)
    row.phone = reading.get(MailField.PHONE) or ""
    row.ordered_at = reading.get(MailField.ORDERED_AT)
    row.total = reading.get(MailField.TOTAL)
    row.products = reading.get(MailField.PRODUCTS) or []


def book_read_mails(read: Sequence[ReadMail]) -> None:
    """Store orders and shippings of the mails that were read whole, and a row for each mail."""
    if not read:
        return
    lock_order_mails()
    whole = [each for each in read if each.row.state == State.BOOKED]
    whole.sort(key=lambda each: (each.mail.received_at, each.mail.pk))
    for mall in sorted({each.mall for each in whole}):
        cart = get_or_add_mail_cart(mall)
        of_mall = [each for each in whole if each.mall == mall]
        kinds = OrderMailMask.Kind
        book_orders(cart, [each for each in of_mall if each.row.kind == kinds.ORDER])
        book_shippings(
            cart, [each for each in of_mall if each.row.kind == kinds.SHIPPED]
        )
    save_rows([each.row for each in read])
    prove_masks(whole)


def lock_order_mails() -> None:
    """Hold the shop's lock of order mails until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
            [LOCK_CLASS, get_current_tenant_id()],
        )


def get_or_add_mail_cart(mall: str) -> Cart:
    cart: Cart = Cart.objects.get_or_create(
        kind=ORDER_MAIL, name=mall, defaults={"news_from": ALWAYS_NEWS}
    )[0]
    return cart


def save_rows(rows: Sequence[OrderMail]) -> None:
    OrderMail.objects.bulk_create([row for row in rows if not row.pk])
    kept = {"id", "tenant", "public_id", "mail", "read_at"}
    names = [field.name for field in OrderMail._meta.fields if field.name not in kept]
    OrderMail.objects.bulk_update([row for row in rows if row.pk], names)


def prove_masks(whole: Sequence[ReadMail]) -> None:
    """Mark the masks that read a mail that came as proven (検証済み)."""
    unproven = {each.row.mask_id for each in whole if each.row.mask and not each.row.mask.verified_at}  # fmt: skip
    for mask_id in sorted(pk for pk in unproven if pk):
        at = max(each.mail.received_at for each in whole if each.row.mask_id == mask_id)
        OrderMailMask.objects.filter(pk=mask_id, verified_at=None).update(
            verified_at=at
        )


# ---------------------------------------------------------------- orders
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
        elif order.cart.kind != ORDER_MAIL and is_same_buyer(order, by_number[order.number]):  # fmt: skip
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
    linked = Link.objects.current().filter(cart=cart, customer__in=customers)
    new = customers.exclude(pk__in=linked.values("customer_id"))
    pairs = [(ids[name], pk) for pk, name in new.values_list("pk", "external_id")]
    linked_now = link_members(cart, pairs, matched_by="email")
    if linked_now:
        update_link_states(linked_now)


# ---------------------------------------------------------------- shippings
def book_shippings(cart: Cart, read: Sequence[ReadMail]) -> None:
    """Note for each mail that its order was shipped: found by number, else by address, else made of the mail itself."""
    known = find_orders_by_number(cart, read)
    new: dict[str, ReadMail] = {}
    for each in read:
        row = each.row
        row.order = known.get(row.number) or (
            find_open_order(cart, row.email_key) if not row.number else None
        )
        if not row.order and row.number and row.email_key:
            new.setdefault(row.number, each)
        elif not row.order:
            row.state = State.NO_ORDER
    store_shippings(each for each in read if each.row.order)
    store_new_orders(cart, list(new.values()))
    made = find_orders_by_number(cart, list(new.values()))
    for each in read:
        each.row.order = each.row.order or made.get(each.row.number)


def find_open_order(cart: Cart, email_key: str) -> CartOrder | None:
    """Return the newest order of the address that was not shipped, of this mall first."""
    rows = CartOrder.objects.filter(email_key=email_key, shipped_at=None)
    newest = rows.exclude(email_key="").order_by("-ordered_at", "-pk")
    return newest.filter(cart=cart).first() or newest.first()


def store_shippings(read: Iterable[ReadMail]) -> None:
    """Set when the orders were shipped and let it count; an order that was shipped before stays as it is."""
    for each in read:
        order = each.row.order
        if not order:
            continue
        if order.shipped_at:
            each.row.state = State.REPEATED
            continue
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


# ---------------------------------------------------------------- again
def read_failed_mails(tenant: Tenant, most: int = 200) -> int:
    """Read the mails again that could not be read, now that a mask was mended; return how many were booked."""
    booked, after = 0, 0
    while True:
        with transaction.atomic():
            lock_order_mails()
            rows = OrderMail.objects.failed().filter(pk__gt=after).order_by("pk")
            found = list(rows.select_related("mail").select_for_update(of=("self",))[:most])  # fmt: skip
            if not found:
                return booked
            after = found[-1].pk
            booked += read_again(found)


def read_again(rows: Sequence[OrderMail]) -> int:
    masks = list(OrderMailMask.objects.in_use())
    read = [each for row in rows if (each := read_one(masks, row.mail, row))]
    book_read_mails(read)
    whole = [each for each in read if each.row.state != State.FAILED]
    for each in whole:
        each.mail.handled_as = each.taken_as
    IncomingMail.objects.bulk_update([each.mail for each in whole], ["handled_as"])
    return len(whole)
