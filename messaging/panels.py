"""What a member's page shows of the messages."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.moving import Rule, register_rule
from messaging.models import Delivery

SHOWN = 30


def messages_of(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The newest at the bottom, as in a conversation."""
    rows = Delivery.objects.filter(member=member).logged().order_by("-planned_at", "-pk")[: SHOWN + 1]
    found = list(rows)
    return {"deliveries": found[:SHOWN][::-1], "more": len(found) > SHOWN}


def left_behind(survivor: int) -> Q:
    """Members are joined and were on the same scenario: the messages of one of the runs are enough."""
    booked = Q(state__in=(Delivery.State.SCHEDULED, Delivery.State.CLAIMED), enrollment__isnull=False)
    return booked & ~Q(enrollment__member=survivor)


def register_merging() -> None:
    register_rule("messaging.Enrollment.member", Rule(_("ステップメッセージの登録"), keys=(("scenario",),), order=1))
    register_rule("messaging.Delivery.member", Rule(_("メッセージ"), stays=left_behind, order=2))


def messages_to(member: Member) -> int:
    return Delivery.objects.filter(member=member).count()
