"""Two blocks of the member's page: inquiries about the member, and what the member does not want to receive."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy

from members.identity.optout import Channel
from members.merge.chain import list_ids_with_merged
from members.models import AnswerSource, Member, MemberChange
from members.screens.inquiries.views import MARK_KINDS
from members.screens.profile.registry import Panel
from operators.roles import EDIT

NEWEST = 5


def build_inquiries_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = member.inquiries.select_related("assignee").order_by("-created_at", "-pk")
    return {
        "inquiries": rows[:NEWEST],
        "kinds": MARK_KINDS,
        "may_edit": _may_edit(request, member),
    }


@dataclass(frozen=True)
class Refusal:
    """Whether messages by one channel are refused.

    ``at`` is None where they are wanted; ``by`` and ``who``: by which source, and by whom, the refusal came.
    """

    channel: Channel
    at: datetime | None
    by: str
    who: str


def build_refusals_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    refusals = []
    for channel in Channel:
        at, by = (
            getattr(member, f"{channel}_optout_at"),
            getattr(member, f"{channel}_optout_by"),
        )
        how = str(AnswerSource(by).label) if by in AnswerSource.values else ""
        refusals.append(
            Refusal(
                channel, at, how, find_optout_operator(member, channel) if at else ""
            )
        )
    return {"refusals": refusals, "may_edit": _may_edit(request, member)}


def find_optout_operator(member: Member, channel: Channel) -> str:
    """Return who of the shop opted the member out, "" when nobody did.

    It is the first change, of the member or of one merged into it, that set this very moment.
    """
    column = f"{channel}_optout_at"
    changes = MemberChange.objects.filter(
        member__in=list_ids_with_merged(member.pk), after__has_key=column
    )
    for change in changes.select_related("operator").order_by("at", "pk"):
        if parse_datetime(change.after[column] or "") == getattr(member, column):
            return change.operator.name if change.operator else ""
    return ""


def _may_edit(request: HttpRequest, member: Member) -> bool:
    return bool(request.seat.can(EDIT)) and not member.deleted_at  # type: ignore[attr-defined]


PANELS = (
    Panel(
        40,
        "inquiries",
        gettext_lazy("お問い合わせ"),
        "members/inquiries/panel.html",
        build_inquiries_context,
        aside=True,
    ),
    Panel(
        45,
        "receiving",
        gettext_lazy("受信の設定"),
        "members/profile/receiving.html",
        build_refusals_context,
        aside=True,
    ),
)
