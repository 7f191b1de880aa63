"""Store the orders that mails told of, each mail once: as orders of a cart of kind 注文メール, in sets.

An order of the same number that a cart told by its API is the same order: the mail is put to it and stores nothing.
One shop's mails are booked one after the other, under a lock, so that two workers never make two orders of one.
"""

from collections.abc import Sequence

from django.db import transaction

from cartsync.models import (
    OrderMail,
    OrderMailMask,
)
from cartsync.ordermail.lock import lock_order_mails
from cartsync.ordermail.masks import choose_mask
from cartsync.ordermail.orders import ReadMail, book_orders, get_or_add_mail_cart
from cartsync.ordermail.reading import MailReading
from cartsync.ordermail.shippings import book_shippings
from cartsync.ordermail.values import MailField
from members.normalize.emails import normalize_email
from messaging.models import IncomingMail
from tenants.models import Tenant

State = OrderMail.State


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


def save_rows(rows: Sequence[OrderMail]) -> None:
    new, read_again = split_by_key(rows)
    OrderMail.objects.bulk_create(new)
    kept = {"id", "tenant", "public_id", "mail", "read_at"}
    names = [field.name for field in OrderMail._meta.fields if field.name not in kept]
    OrderMail.objects.bulk_update(read_again, names)


def split_by_key(
    rows: Sequence[OrderMail],
) -> tuple[list[OrderMail], list[OrderMail]]:
    """Return (the rows that are not stored yet, those that are)."""
    return [row for row in rows if not row.pk], [row for row in rows if row.pk]


def prove_masks(whole: Sequence[ReadMail]) -> None:
    """Mark the masks that read a mail that came as proven (検証済み)."""
    unproven = {
        each.row.mask_id
        for each in whole
        if each.row.mask and not each.row.mask.verified_at
    }
    for mask_id in sorted(pk for pk in unproven if pk):
        at = max(each.mail.received_at for each in whole if each.row.mask_id == mask_id)
        OrderMailMask.objects.filter(pk=mask_id, verified_at=None).update(
            verified_at=at
        )


def read_failed_mails(tenant: Tenant, most: int = 200) -> int:
    """Read the mails again that could not be read, now that a mask was mended; return how many were booked."""
    booked, after = 0, 0
    while True:
        with transaction.atomic():
            lock_order_mails()
            rows = OrderMail.objects.failed().filter(pk__gt=after).order_by("pk")
            found = list(
                rows.select_related("mail").select_for_update(of=("self",))[:most]
            )
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
