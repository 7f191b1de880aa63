"""Reply tokens: each lets the shop answer one message at no cost, within a minute.

Source: developers.line.biz/en/reference/messaging-api/#send-reply-message (once; within a minute of the webhook).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from members.models import Member
from messaging.models import InboundMessage, LineAccount

# LINE gives a minute; what is asked for in its last seconds would arrive too late.
TOKEN_LIFE = timedelta(seconds=55)


def filter_answerable(rows: QuerySet[InboundMessage]) -> QuerySet[InboundMessage]:
    """Filter the messages whose token lives and is not used, newest first."""
    fresh = rows.filter(
        token_used_at=None, is_unsent=False, event__received_at__gt=Now() - TOKEN_LIFE
    )
    return fresh.select_related("event").order_by("-at", "-pk")


def find_reply_deadline(member: Member, account: LineAccount) -> datetime | None:
    """Return until when one answer to the member is free; None when it counts as a push."""
    heard = InboundMessage.objects.filter(member=member, account=account)
    for message in filter_answerable(heard):
        if read_token(message) and message.event.user_id == member.line_user_id:
            return message.event.received_at + TOKEN_LIFE
    return None


def take_reply_tokens(
    account: LineAccount, people: Mapping[int, str]
) -> dict[int, str]:
    """Return {member id: token}, one at most for each, and mark those as used in this transaction.

    ``people`` are LINE user ids by the id of the member. A token that somebody else is taking is passed by.
    """
    heard = InboundMessage.objects.filter(account=account, member__in=people)
    locked = filter_answerable(heard).select_for_update(skip_locked=True, of=("self",))
    found: dict[int, InboundMessage] = {}
    for message in locked:
        fits = message.event.user_id == people[message.member_id]
        if fits and read_token(message):
            found.setdefault(message.member_id, message)
    taken = [message.pk for message in found.values()]
    InboundMessage.objects.filter(pk__in=taken).update(token_used_at=Now())
    return {member: read_token(message) for member, message in found.items()}


def read_token(message: InboundMessage) -> str:
    """Return the reply token that came with the message; "" for none."""
    token = message.event.payload.get("replyToken")
    return token if isinstance(token, str) else ""
