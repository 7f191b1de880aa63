"""Answer a customer who has written."""

from django.db import transaction

from members.models import Member
from messaging.content.make import make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Content, Delivery, InboundMessage, LineAccount
from operators import audit


def find_reply_account(member: Member) -> LineAccount | None:
    """Return the account that the member wrote to last; None for somebody who never wrote."""
    heard = InboundMessage.objects.filter(member=member)
    newest = heard.select_related("account__sender").order_by("-at", "-pk").first()
    return newest.account if newest else None


@transaction.atomic
def reply_to_member(
    member: Member, account: LineAccount, text: str, key: str
) -> Delivery:
    """Book an operator's answer, to go out at once; the same ``key`` (at most 20 characters) answers once.

    It goes free of charge while a reply token of the member lives, else as a push (messaging/channels/line).
    """
    if booked := Delivery.objects.filter(key=f"reply:{key}").first():
        return booked
    delivery = book_reply(member, account, make_text_content(text), f"reply:{key}")
    audit.record_action("member.replied", member, delivery=delivery.pk)
    return delivery


def book_reply(
    member: Member, account: LineAccount, content: Content, key: str
) -> Delivery:
    return book_message(
        account.tenant,
        source=Delivery.Source.REPLY,
        content=content,
        member=member,
        sender=account.sender,
        key=key,
    )
