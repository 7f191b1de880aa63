"""What the tabs of the member's page show that belongs to the members app itself."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.pager import paginate
from members.changing import Entry, entries
from members.histories import history
from members.models import IdentityRecord, Member, MemberChange, MemberTag, Merge, Note, PastTag, TagBatch
from members.panels import EVERYTHING, Panel, Tab, register, register_tab
from tenants.access import EDIT

# On the one-screen view every block shows its newest rows; the tab has them all.
NEWEST = 10


def may_edit(request: HttpRequest, member: Member) -> bool:
    return bool(request.seat.can(EDIT)) and not member.deleted_at  # type: ignore[attr-defined]


def everything(request: HttpRequest) -> bool:
    return request.GET.get("tab") == EVERYTHING


# ---------------------------------------------------------------- answers
def answers(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = history(member.identity_records.select_related("operator"))
    return {"answers": found[:NEWEST] if everything(request) else found, "may_edit": may_edit(request, member)}


# ---------------------------------------------------------------- notes
def notes(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = Note.objects.filter(member=member).select_related("operator").order_by("-at", "-pk")
    return {"notes": rows[:NEWEST] if everything(request) else rows, "may_edit": may_edit(request, member)}


# ---------------------------------------------------------------- tags
def tag_history(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = tag_entries(member)
    return {"entries": found[:NEWEST] if everything(request) else found}


def tag_entries(member: Member) -> list[Entry]:
    """Every tag put on and taken off, newest first: by what, and by whom."""
    carried: QuerySet[Any] = MemberTag.objects.filter(member=member).select_related("tag", "batch__operator")
    past: QuerySet[Any] = PastTag.objects.filter(member=member).select_related(
        "tag", "batch__operator", "ended_by__operator"
    )
    moments: list[tuple[dt.datetime, int, Entry]] = []
    for link in [*carried, *past]:
        ends = [link.batch, link.ended_by] if isinstance(link, PastTag) else [link.batch]
        moments += [(batch.at, batch.pk, of_batch(batch, link.tag.name)) for batch in ends]
    return [entry for _at, _pk, entry in sorted(moments, key=lambda moment: moment[:2], reverse=True)]


def of_batch(batch: TagBatch, name: str) -> Entry:
    added = batch.action == TagBatch.Action.ADD
    words = _("タグ「%(tag)s」を付与") if added else _("タグ「%(tag)s」を解除")
    return Entry(
        at=batch.at, title=words % {"tag": name}, icon="tag" if added else "x", kind="ok" if added else "",
        source=batch.get_source_display(), who=str(batch.operator) if batch.operator else "",
        text=_("%(count)s名の一括処理") % {"count": f"{batch.count:,}"} if batch.count > 1 else "",
    )  # fmt: skip


def tag_events(member: Member) -> int:
    return MemberTag.objects.filter(member=member).count() + 2 * PastTag.objects.filter(member=member).count()


# ---------------------------------------------------------------- changes
def changes(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The member's own, and those of the members joined to it; a merge is told first, with the way back."""
    merges = list(Merge.objects.filter(survivor=member).select_related("operator").order_by("-at", "-pk"))
    joined = [pk for merge in merges if not merge.undone_at for pk in merge.record.get("members", [])]
    rows = MemberChange.objects.filter(member__in=[member.pk, *joined]).select_related("operator")
    context = {"merges": [of_merge(merge, may_edit(request, member)) for merge in merges]}
    if everything(request):
        return {**context, "entries": entries(list(rows.order_by("-at", "-id")[:NEWEST]), member), "page": None}
    page = paginate(rows, request.GET, ["-at"])
    return {**context, "entries": entries(page.rows, member), "page": page}


def of_merge(merge: Merge, may_edit: bool) -> Entry:
    joined = Member.objects.filter(pk__in=merge.record.get("members", []))
    entry = Entry(
        at=merge.at, title=_("会員を統合"), icon="merge", who=str(merge.operator or ""), kind="info",
        text=_("統合した会員：%(names)s") % {"names": _("、").join(str(each) for each in joined)},
        badge=_("元に戻しました") if merge.undone_at else "",
    )  # fmt: skip
    if may_edit and not merge.undone_at:
        entry.action_url, entry.action_label = (
            reverse("members:merge_undo", args=[merge.public_id]),
            _("統合を元に戻す"),
        )
    return entry


def newest_answer(records: Sequence[Any]) -> Any:
    return next((answer for answer in records if answer.shown), None)


def register_pages() -> None:
    """Called once, from MembersConfig.ready()."""
    counted = {
        "answers": lambda member: IdentityRecord.objects.filter(member=member).count(),
        "notes": lambda member: Note.objects.filter(member=member).count(),
        "changes": lambda member: MemberChange.objects.filter(member=member).count(),
    }
    register_tab(Tab(10, "answers", gettext_lazy("本人確認データ"), counted["answers"]))
    register_tab(Tab(60, "notes", gettext_lazy("メモ"), counted["notes"], always=True))
    register_tab(Tab(80, "tags", gettext_lazy("タグ履歴"), tag_events))
    register_tab(Tab(90, "changes", gettext_lazy("変更履歴"), counted["changes"], always=True))
    register(Panel(10, "answers", gettext_lazy("回答の履歴"), "members/member/answers.html", answers, tab="answers"))
    register(Panel(60, "notes", gettext_lazy("メモ・応対履歴"), "members/member/notes.html", notes, tab="notes"))
    register(Panel(80, "tags", gettext_lazy("タグ履歴"), "members/member/tag_history.html", tag_history, tab="tags"))
    register(Panel(90, "changes", gettext_lazy("変更履歴"), "members/member/changes.html", changes, tab="changes"))
