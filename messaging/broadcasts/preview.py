"""What some members would get of a broadcast that has not begun (dry run). Nothing is written or sent."""

from dataclasses import dataclass

from members.models import Member
from messaging.broadcasts.audience import select_with_reach
from messaging.models import Broadcast
from messaging.scenarios.advice.preview import describe_message

SHOWN = 5


@dataclass(frozen=True)
class Recipient:
    """One member, what they would read, and whether it comes by mail."""

    member: Member
    text: str
    by_mail: bool


def list_recipients(broadcast: Broadcast) -> list[Recipient]:
    """Return the newest few whom it would reach now. Raise BadCondition where its condition cannot be read."""
    reached = select_with_reach(broadcast).filter(unreached="")
    found = []
    for member in reached.order_by("-created_at", "-pk")[:SHOWN]:
        content = broadcast.content
        if member.by_mail and broadcast.mail_content:
            content = broadcast.mail_content
        if content:
            text = describe_message(content, broadcast.account, member)
            found.append(Recipient(member, text, member.by_mail))
    return found
