"""What a member's page shows of the forms."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.pager import paginate_rows
from forms_builder.models import Submission
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab, is_one_screen_view


def build_answers_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: the answers of one member, newest first, test answers marked."""
    rows = Submission.objects.filter(member=member).newest_first()
    if is_one_screen_view(request):
        return {"submissions": rows[:NEWEST], "more": count_answers(member) > NEWEST}
    page = paginate_rows(
        rows, request.GET, ["-received_at"], total=count_answers(member)
    )
    return {"submissions": page.rows, "page": page}


def count_answers(member: Member) -> int:
    return Submission.objects.filter(member=member).count()


TAB = Tab(55, "forms", _("フォーム回答"), count_answers)
PANEL = Panel(
    55,
    "forms",
    _("フォーム回答"),
    "forms_builder/member/panel.html",
    build_answers_context,
    tab="forms",
)
