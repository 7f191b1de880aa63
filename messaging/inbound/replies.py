"""Answer a customer who has written."""

from hashlib import sha256

from django.db import transaction

from members.models import Member
from messaging.content.make import make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Content, Delivery, InboundMessage, LineAccount
from operators import audit


def find_reply_account(member: Member) -> LineAccount | None:
    """Return the account that the member wrote to last; None for somebody who never wrote to one that is in use."""
    heard = InboundMessage.objects.filter(member=member, account__is_active=True)
    newest = heard.select_related("account__sender").order_by("-at", "-pk").first()
    return newest.account if newest else None


@transaction.atomic
def reply_to_member(
    member: Member, account: LineAccount, text: str, key: str
) -> Delivery:
    """Book an operator's answer, to go out at once; the same text under the same ``key`` answers once.

    A page that the browser brings back has its key still: another text from it is another answer.
    It goes free of charge while a reply token of the member lives, else as a push (messaging/channels/line).
    """
    digest = sha256(f"{member.pk} {key} {text}".encode()).hexdigest()
    name = f"reply:{digest[:40]}"
    if booked := Delivery.objects.filter(key=name).first():
        return booked
    delivery = book_reply(member, account, make_text_content(text), name)
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
