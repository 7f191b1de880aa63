"""What a member's page shows of what the member wrote."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.pager import paginate_rows
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab, is_one_screen_view
from messaging.models import InboundMessage


def build_heard_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: the newest message at the bottom; pages lead back in time."""
    rows = InboundMessage.objects.filter(member=member)
    if is_one_screen_view(request):
        newest = list(rows.order_by("-at", "-pk")[:NEWEST])
        return {"heard": newest[::-1], "more": count_heard(member) > NEWEST}
    page = paginate_rows(rows, request.GET, ["-at"], total=count_heard(member))
    return {"heard": page.rows[::-1], "page": page}


def count_heard(member: Member) -> int:
    return InboundMessage.objects.filter(member=member).count()


TAB = Tab(51, "heard", _("受信メッセージ"), count_heard)
PANEL = Panel(
    51,
    "heard",
    _("受信メッセージ"),
    "messaging/inbound/member_panel.html",
    build_heard_context,
    tab="heard",
)
