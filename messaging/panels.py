"""What a member's page shows of the messages."""

from typing import Any

from django.http import HttpRequest

from members.models import Member
from messaging.models import Delivery

SHOWN = 30


def messages_of(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The newest at the bottom, as in a conversation."""
    rows = Delivery.objects.filter(member=member).logged().order_by("-planned_at", "-pk")[: SHOWN + 1]
    found = list(rows)
    return {"deliveries": found[:SHOWN][::-1], "more": len(found) > SHOWN}


def messages_to(member: Member) -> int:
    return Delivery.objects.filter(member=member).count()
