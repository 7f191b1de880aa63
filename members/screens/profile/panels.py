"""What the tabs of the member's page show that belongs to the members app itself."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.pager import paginate_rows
from console.templatetags.kit import format_moment
from members.attributes.definitions import get_archived_keys
from members.attributes.personal import show_personal
from members.identity.answer_history import build_answer_history
from members.identity.change_history import HistoryEntry, build_history_entries
from members.merge.chain import list_ids_with_merged, list_merged_ids, list_merges_into
from members.models import (
    IdentityRecord,
    Member,
    MemberChange,
    MemberTag,
    Merge,
    Note,
    PastTag,
    TagBatch,
)
from members.screens.profile.registry import (
    NEWEST,
    Panel,
    Tab,
    is_one_screen_view,
)
from operators.roles import EDIT


def may_edit_member(request: HttpRequest, member: Member) -> bool:
    return bool(request.seat.can(EDIT)) and not member.deleted_at  # type: ignore[attr-defined]


# ---------------------------------------------------------------- answers
def build_answers_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = build_answer_history(
        member.identity_records.select_related("operator"), get_archived_keys()
    )
    return {
        "answers": found[:NEWEST] if is_one_screen_view(request) else found,
        "may_edit": may_edit_member(request, member),
    }


# ---------------------------------------------------------------- notes
def build_notes_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = (
        Note.objects.filter(member=member)
        .select_related("operator", "changed_by")
        .order_by("-at", "-pk")
    )
    return {
        "notes": rows[:NEWEST] if is_one_screen_view(request) else rows,
        "may_edit": may_edit_member(request, member),
    }


# ---------------------------------------------------------------- tags
def build_tag_history_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = list_tag_entries(member)
    return {"entries": found[:NEWEST] if is_one_screen_view(request) else found}


def list_tag_entries(member: Member) -> list[HistoryEntry]:
    """Return every tag that was added or removed, newest first: by what, and by whom."""
    carried: QuerySet[Any] = MemberTag.objects.filter(member=member).select_related(
        "tag", "batch__operator"
    )
    past: QuerySet[Any] = PastTag.objects.filter(member=member).select_related(
        "tag", "batch__operator", "ended_by__operator"
    )
    moments: list[tuple[dt.datetime, int, HistoryEntry]] = []
    for link in [*carried, *past]:
        ends = (
            [link.batch, link.ended_by] if isinstance(link, PastTag) else [link.batch]
        )
        moments += [
            (batch.at, batch.pk, make_tag_batch_entry(batch, link.tag.name))
            for batch in ends
        ]
    return [
        entry
        for _at, _pk, entry in sorted(
            moments, key=lambda moment: moment[:2], reverse=True
        )
    ]


def make_tag_batch_entry(batch: TagBatch, name: str) -> HistoryEntry:
    added = batch.action == TagBatch.Action.ADD
    words = _("タグ「%(tag)s」を付与") if added else _("タグ「%(tag)s」を解除")
    return HistoryEntry(
        at=batch.at,
        title=words % {"tag": name},
        icon="tag" if added else "x",
        kind="ok" if added else "",
        source=batch.get_source_display(),
        who=str(batch.operator) if batch.operator else "",
        text=_("%(count)s名の一括処理") % {"count": f"{batch.count:,}"}
        if batch.count > 1
        else "",
    )


def count_tag_events(member: Member) -> int:
    return (
        MemberTag.objects.filter(member=member).count()
        + 2 * PastTag.objects.filter(member=member).count()
    )


# ---------------------------------------------------------------- changes
def build_changes_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the changes of the member and of those merged into it.

    Merges come first, with the button that undoes the newest.
    """
    merges = list_merges_into(member.pk)
    ids = [member.pk, *list_merged_ids(merges)]
    rows = MemberChange.objects.filter(member__in=ids).select_related("operator")
    context = {
        "merges": list_merge_entries(merges, member, may_edit_member(request, member))
    }
    if is_one_screen_view(request):
        return {
            **context,
            "entries": build_history_entries(
                list(rows.order_by("-at", "-id")[:NEWEST]), member
            ),
            "page": None,
        }
    page = paginate_rows(rows, request.GET, ["-at"])
    return {
        **context,
        "entries": build_history_entries(page.rows, member),
        "page": page,
    }


def list_merge_entries(
    merges: Sequence[Merge], member: Member, may_edit: bool
) -> list[HistoryEntry]:
    """Return an entry for each merge, in the order given; the newest that still holds can be undone."""
    ids = {pk for merge in merges for pk in merge.record.get("members", [])}
    names = (
        {each.pk: show_personal(each) for each in Member.objects.filter(pk__in=ids)}
        if ids
        else {}
    )
    open_ones = [
        merge
        for merge in merges
        if merge.survivor_id == member.pk and not merge.undone_at
    ]
    newest = open_ones[0] if may_edit and open_ones else None
    return [make_merge_entry(merge, names, member, merge is newest) for merge in merges]


def make_merge_entry(
    merge: Merge, names: dict[int, str], member: Member, undoable: bool
) -> HistoryEntry:
    joined = [
        names.get(pk, _("削除された会員")) for pk in merge.record.get("members", [])
    ]
    name = show_personal(merge.survivor)
    entry = HistoryEntry(
        at=merge.at,
        title=_("会員を統合"),
        icon="merge",
        who=str(merge.operator or ""),
        kind="info",
        text=_("統合した会員：%(names)s") % {"names": _("、").join(joined)},
        badge=""
        if merge.survivor_id == member.pk
        else _("統合前の会員 %(name)s") % {"name": name},
    )
    if merge.undone_at:
        at = format_moment(merge.undone_at)
        entry.badge = _("元に戻しました：%(when)s") % {
            "when": f"{merge.undone_by or ''} {at}".strip()
        }
    elif undoable and "moved" in merge.record:
        entry.action_url = reverse("members:merge_undo", args=[merge.public_id])
        entry.action_label = _("統合を元に戻す")
    return entry


def count_answers(member: Member) -> int:
    return IdentityRecord.objects.filter(member=member).count()


def count_notes(member: Member) -> int:
    return Note.objects.filter(member=member).count()


def count_changes(member: Member) -> int:
    return MemberChange.objects.filter(
        member__in=list_ids_with_merged(member.pk)
    ).count()


TABS = (
    Tab(10, "answers", gettext_lazy("本人確認データ"), count_answers),
    Tab(60, "notes", gettext_lazy("メモ"), count_notes, always=True),
    Tab(80, "tags", gettext_lazy("タグ履歴"), count_tag_events),
    Tab(90, "changes", gettext_lazy("変更履歴"), count_changes, always=True),
)
PANELS = (
    Panel(
        10,
        "answers",
        gettext_lazy("回答の履歴"),
        "members/profile/answers.html",
        build_answers_context,
        tab="answers",
    ),
    Panel(
        60,
        "notes",
        gettext_lazy("メモ・応対履歴"),
        "members/notes/panel.html",
        build_notes_context,
        tab="notes",
    ),
    Panel(
        80,
        "tags",
        gettext_lazy("タグ履歴"),
        "members/profile/tag_history.html",
        build_tag_history_context,
        tab="tags",
    ),
    Panel(
        90,
        "changes",
        gettext_lazy("変更履歴"),
        "members/profile/changes.html",
        build_changes_context,
        tab="changes",
    ),
)
