"""What a member's page shows of the messages."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.pager import paginate_rows
from members.merge.references import Rule
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab, is_one_screen_view
from messaging.content.events import attach_event_values
from messaging.models import Delivery, Scenario
from messaging.suppression.manage import find_suppressions
from operators.roles import SEND


def build_messages_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: the newest message at the bottom, as in a conversation; pages lead back in time."""
    rows = Delivery.objects.filter(member=member).logged()
    may_send = request.seat.can(SEND) and not member.deleted_at  # type: ignore[attr-defined]
    held = find_suppressions([member.email]).get(member.email, [])
    if is_one_screen_view(request):
        newest = list(rows.order_by("-planned_at", "-pk")[:NEWEST])
        attach_event_values(newest)
        more = count_messages(member) > NEWEST
        return {
            "deliveries": newest[::-1],
            "more": more,
            "may_send": may_send,
            "held": held,
        }
    page = paginate_rows(
        rows, request.GET, ["-planned_at"], total=count_messages(member)
    )
    attach_event_values(page.rows)
    return {
        "deliveries": page.rows[::-1],
        "page": page,
        "may_send": may_send,
        "held": held,
    }


def select_messages_left(survivor: int) -> Q:
    """Return which booked messages do not go to the surviving member.

    Members are merged and were on the same scenario: the messages of one of the runs are enough.
    """
    booked = Q(
        state__in=Delivery.UNDER_WAY,
        enrollment__isnull=False,
    )
    return booked & ~Q(enrollment__member=survivor)


# Each order is written about: what two people who are one ordered are two orders.
BY_ORDER = Q(scenario__second_event=Scenario.SecondEvent.EVERY) & (
    Q(trigger_key__startswith="order:") | Q(trigger_key__startswith="shipped:")
)
MERGE_RULES = {
    "messaging.Enrollment.member": Rule(
        _("ステップメッセージの登録"),
        keys=(("scenario",),),
        keys_where=~BY_ORDER,
        order=1,
    ),
    "messaging.Delivery.member": Rule(
        _("メッセージ"), stays=select_messages_left, order=2
    ),
    "messaging.Click.member": Rule(order=3),
    "messaging.Tester.member": Rule(),
    "messaging.InboundMessage.member": Rule(_("受信メッセージ")),
}


def count_messages(member: Member) -> int:
    return Delivery.objects.filter(member=member).count()


TAB = Tab(50, "messages", _("メッセージ"), count_messages)
PANEL = Panel(
    50,
    "messages",
    _("メッセージ"),
    "messaging/deliveries/member_panel.html",
    build_messages_context,
    tab="messages",
)
