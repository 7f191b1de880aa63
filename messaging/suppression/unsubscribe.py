"""Whoever wants no more mails says so by the link in one of them, and gets none from then on."""

from django.db import transaction

from messaging.models import Delivery, Suppression
from messaging.suppression.keys import build_suppression_key
from messaging.suppression.manage import lift_suppression, suppress_address

REASON = Suppression.Reason.UNSUBSCRIBED


def find_recipient(delivery: Delivery) -> str:
    """Return the address that the mail went to; of one that is still booked, the one that it would go to."""
    if delivery.call and delivery.call.to:
        return str(delivery.call.to[0])
    return delivery.address or (delivery.member.email if delivery.member else "")


@transaction.atomic
def unsubscribe_recipient(delivery: Delivery) -> None:
    """Send no more mails to where this one went; twice is as good as once.

    What is booked is decided at the statement that takes what is due (messaging/deliveries/ledger.py).
    """
    if address := find_recipient(delivery):
        suppress_address(address, REASON)


@transaction.atomic
def subscribe_again(delivery: Delivery) -> None:
    """Take back what the reader of this mail asked for, on their own word."""
    held = find_unsubscription(delivery)
    if held:
        lift_suppression(held)


def find_unsubscription(delivery: Delivery) -> Suppression | None:
    """Return what the reader of this mail asked for; None while mails go to them."""
    key = build_suppression_key(find_recipient(delivery))
    return Suppression.objects.open().filter(address=key, reason=REASON).first()
