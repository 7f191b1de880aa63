"""What the tabs of the member's page show that belongs to the members app itself."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.pager import paginate
from members.attributes.definitions import archived_keys
from members.identity.answer_history import history
from members.identity.change_history import Entry, entries
from members.merge.chain import joined_by, merges_into, with_joined
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
    everything,
    register,
    register_tab,
)
from operators.roles import EDIT


def may_edit(request: HttpRequest, member: Member) -> bool:
    return bool(request.seat.can(EDIT)) and not member.deleted_at  # type: ignore[attr-defined]


# ---------------------------------------------------------------- answers
def answers(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = history(member.identity_records.select_related("operator"), archived_keys())
    return {
        "answers": found[:NEWEST] if everything(request) else found,
        "may_edit": may_edit(request, member),
    }


# ---------------------------------------------------------------- notes
def notes(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = (
        Note.objects.filter(member=member)
        .select_related("operator", "changed_by")
        .order_by("-at", "-pk")
    )
    return {
        "notes": rows[:NEWEST] if everything(request) else rows,
        "may_edit": may_edit(request, member),
    }


# ---------------------------------------------------------------- tags
def tag_history(request: HttpRequest, member: Member) -> dict[str, Any]:
    found = tag_entries(member)
    return {"entries": found[:NEWEST] if everything(request) else found}


def tag_entries(member: Member) -> list[Entry]:
    """Return every tag that was added or removed, newest first: by what, and by whom."""
    carried: QuerySet[Any] = MemberTag.objects.filter(member=member).select_related(
        "tag", "batch__operator"
    )
    past: QuerySet[Any] = PastTag.objects.filter(member=member).select_related(
        "tag", "batch__operator", "ended_by__operator"
    )
    moments: list[tuple[dt.datetime, int, Entry]] = []
    for link in [*carried, *past]:
        ends = (
            [link.batch, link.ended_by] if isinstance(link, PastTag) else [link.batch]
        )
        moments += [
            (batch.at, batch.pk, of_batch(batch, link.tag.name)) for batch in ends
        ]
    return [
        entry
        for _at, _pk, entry in sorted(
            moments, key=lambda moment: moment[:2], reverse=True
        )
    ]


def of_batch(batch: TagBatch, name: str) -> Entry:
    added = batch.action == TagBatch.Action.ADD
    words = _("タグ「%(tag)s」を付与") if added else _("タグ「%(tag)s」を解除")
    return Entry(
        at=batch.at, title=words % {"tag": name}, icon="tag" if added else "x", kind="ok" if added else "",
        source=batch.get_source_display(), who=str(batch.operator) if batch.operator else "",
        text=_("%(count)s名の一括処理") % {"count": f"{batch.count:,}"} if batch.count > 1 else "",
    )  # fmt: skip


def tag_events(member: Member) -> int:
    return (
        MemberTag.objects.filter(member=member).count()
        + 2 * PastTag.objects.filter(member=member).count()
    )


# ---------------------------------------------------------------- changes
def changes(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the changes of the member and of those merged into it.

    Merges come first, with the button that undoes the newest.
    """
    merges = merges_into(member.pk)
    ids = [member.pk, *joined_by(merges)]
    rows = MemberChange.objects.filter(member__in=ids).select_related("operator")
    context = {"merges": merge_entries(merges, member, may_edit(request, member))}
    if everything(request):
        return {
            **context,
            "entries": entries(list(rows.order_by("-at", "-id")[:NEWEST]), member),
            "page": None,
        }
    page = paginate(rows, request.GET, ["-at"])
    return {**context, "entries": entries(page.rows, member), "page": page}


def merge_entries(
    merges: Sequence[Merge], member: Member, may_edit: bool
) -> list[Entry]:
    """Return an entry for each merge, in the order given; the newest that still holds can be undone."""
    ids = {pk for merge in merges for pk in merge.record.get("members", [])}
    names = (
        {each.pk: str(each) for each in Member.objects.filter(pk__in=ids)}
        if ids
        else {}
    )
    open_ones = [
        merge
        for merge in merges
        if merge.survivor_id == member.pk and not merge.undone_at
    ]
    newest = open_ones[0] if may_edit and open_ones else None
    return [of_merge(merge, names, member, merge is newest) for merge in merges]


def of_merge(
    merge: Merge, names: dict[int, str], member: Member, undoable: bool
) -> Entry:
    joined = [
        names.get(pk, _("削除された会員")) for pk in merge.record.get("members", [])
    ]
    entry = Entry(
        at=merge.at, title=_("会員を統合"), icon="merge", who=str(merge.operator or ""), kind="info",
        text=_("統合した会員：%(names)s") % {"names": _("、").join(joined)},
        badge=_("統合前の会員 %(name)s") % {"name": merge.survivor} if merge.survivor_id != member.pk else "",
    )  # fmt: skip
    if merge.undone_at:
        at = date_format(timezone.localtime(merge.undone_at), "Y/m/d H:i")
        entry.badge = _("元に戻しました：%(when)s") % {
            "when": f"{merge.undone_by or ''} {at}".strip()
        }
    elif undoable and "moved" in merge.record:
        entry.action_url = reverse("members:merge_undo", args=[merge.public_id])
        entry.action_label = _("統合を元に戻す")
    return entry


def newest_answer(records: Sequence[Any]) -> Any:
    return next((answer for answer in records if answer.shown), None)


def register_pages() -> None:
    """Register the tabs and panels of this module. Called once, from MembersConfig.ready()."""
    counted = {
        "answers": lambda member: IdentityRecord.objects.filter(member=member).count(),
        "notes": lambda member: Note.objects.filter(member=member).count(),
        "changes": lambda member: MemberChange.objects.filter(
            member__in=with_joined(member.pk)
        ).count(),
    }
    register_tab(Tab(10, "answers", gettext_lazy("本人確認データ"), counted["answers"]))
    register_tab(Tab(60, "notes", gettext_lazy("メモ"), counted["notes"], always=True))
    register_tab(Tab(80, "tags", gettext_lazy("タグ履歴"), tag_events))
    register_tab(
        Tab(90, "changes", gettext_lazy("変更履歴"), counted["changes"], always=True)
    )
    register(
        Panel(
            10,
            "answers",
            gettext_lazy("回答の履歴"),
            "members/profile/answers.html",
            answers,
            tab="answers",
        )
    )
    register(
        Panel(
            60,
            "notes",
            gettext_lazy("メモ・応対履歴"),
            "members/notes/panel.html",
            notes,
            tab="notes",
        )
    )
    register(
        Panel(
            80,
            "tags",
            gettext_lazy("タグ履歴"),
            "members/profile/tag_history.html",
            tag_history,
            tab="tags",
        )
    )
    register(
        Panel(
            90,
            "changes",
            gettext_lazy("変更履歴"),
            "members/profile/changes.html",
            changes,
            tab="changes",
        )
    )
