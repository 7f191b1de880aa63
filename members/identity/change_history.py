"""What was changed on a member, as texts: who, when, by what, before and after.

The rows are written by the database (members/sql/history.sql).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.kinds import show_json
from members.attributes.member_fields import FIELDS
from members.attributes.personal import show_personal
from members.extension import extensions
from members.identity.answer_history import Change, make_change
from members.models import Attribute, Member, MemberChange
from operators.models import Operator
from tenants.scope import get_current_operator, get_current_source

LazyText = str | Promise
WORDINGS = {
    column: wording
    for each in FIELDS.values()
    for column, wording in each.history.items()
}
# Column → the field that it belongs to.
FIELD_OF = {column: each.key for each in FIELDS.values() for column in each.history}
SOURCES: dict[str, LazyText] = {
    "console": gettext_lazy("管理画面"), "form": gettext_lazy("フォーム"), "public": gettext_lazy("フォーム"),
    "import": gettext_lazy("取り込み"), "job": gettext_lazy("一括処理"), "line": gettext_lazy("LINE"),
    "cart": gettext_lazy("カート連携"), "merge": gettext_lazy("会員の統合"), "": gettext_lazy("システム"),
}  # fmt: skip
ICONS = {"form": "clipboard-check", "public": "clipboard-check", "import": "upload", "job": "list-checks",
         "line": "message-circle", "cart": "shopping-cart", "merge": "merge", "console": "user-pen"}  # fmt: skip


@dataclass(frozen=True)
class HistoryKey:
    """A key of the history that another app writes.

    ``format_value`` and ``build_title`` take the stored value: before or after, and after.
    """

    key: str
    label: LazyText
    format_value: Callable[[Any], str]
    build_title: Callable[[Any], str]


def find_history_key(name: str) -> HistoryKey | None:
    """Return what an app above knows of a key of the history that is no column of a member."""
    keys = (key for each in extensions.values() for key in each.history_keys)
    return next((key for key in keys if key.key == name), None)


def get_history_label(name: str) -> LazyText:
    """Return the label of a key of the history that is no attribute's; the key itself when nobody knows it."""
    if name in WORDINGS:
        return WORDINGS[name].label
    known = find_history_key(name)
    return known.label if known else name


@dataclass
class HistoryEntry:
    """One line of kit/timeline.html."""

    at: dt.datetime
    title: LazyText
    icon: str = "pencil"
    kind: str = ""
    source: LazyText = ""
    who: LazyText = ""
    text: LazyText = ""
    badge: LazyText = ""
    changes: list[Change] = field(default_factory=list)
    action_url: str = ""
    action_label: LazyText = ""


def record_member_addition(member: Member, operator: Operator) -> None:
    """Record what the member began with as the first line of the history: before it there was nothing."""
    began = {
        name: value
        for name in ("name", "email", "phone", "birth_md")
        if (value := getattr(member, name))
    }
    began |= {"birthday": member.birthday.isoformat()} if member.birthday else {}
    MemberChange.objects.create(
        member=member,
        at=timezone.now(),
        operator=operator,
        source="console",
        before={},
        after=began,
    )


def record_member_event(
    member_id: int, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Record what was done to a member outside its own columns; who and how come from the scope."""
    MemberChange.objects.create(
        member_id=member_id,
        at=timezone.now(),
        operator=get_current_operator(),
        source=get_current_source(),
        before=before,
        after=after,
    )


def build_history_entries(
    changes: Sequence[MemberChange], page: Member
) -> list[HistoryEntry]:
    """Return the changes as entries, in the order given, with two queries for all of them.

    Rows of members who were merged into ``page`` name the member. Archived attributes are left out.
    """
    keys = {key for change in changes for key in change.after}
    items = Attribute.objects.filter(
        Q(pk__in=_parse_attribute_ids(keys)) | Q(archived_at__isnull=False)
    )
    attributes = {f"attr:{each.pk}": each for each in items}
    archived = {
        key for each in items if each.archived_at for key in _list_history_keys(each)
    }
    others = {change.member_id for change in changes} | {
        side["merged_into_id"]
        for change in changes
        for side in (change.before, change.after)
        if side.get("merged_into_id")
    }
    found = Member.objects.filter(pk__in=others)
    people = {member.pk: show_personal(member) for member in found}
    told = [
        change for change in changes if not change.after or set(change.after) - archived
    ]
    return [_build_entry(change, attributes, people, page, archived) for change in told]


def _list_history_keys(attribute: Attribute) -> set[str]:
    """Return the keys that stand for the attribute in the rows of changes."""
    if attribute.system == "birthday":
        return {"birthday", "birth_md"}
    return {attribute.column or f"attr:{attribute.pk}"}


def _parse_attribute_ids(keys: Iterable[str]) -> list[int]:
    return [int(key.removeprefix("attr:")) for key in keys if key.startswith("attr:")]


def _build_entry(
    change: MemberChange,
    attributes: dict[str, Attribute],
    people: dict[int, str],
    page: Member,
    archived: set[str],
) -> HistoryEntry:
    lines = [
        _build_change(key, change, attributes.get(key), people)
        for key, _after in sorted(change.after.items(), key=_get_sort_key)
        if not (key == "birth_md" and "birthday" in change.after)
        and key not in archived
    ]
    return HistoryEntry(
        at=change.at,
        title=_build_title(change, lines),
        changes=lines,
        icon=ICONS.get(change.source, "pencil"),
        source=SOURCES.get(change.source, change.source),
        who=str(change.operator) if change.operator else "",
        badge=""
        if change.member_id == page.pk
        else _("統合前の会員 %(name)s") % {"name": people[change.member_id]},
    )


def _build_change(
    key: str, change: MemberChange, attribute: Attribute | None, people: dict[int, str]
) -> Change:
    label = (
        attribute.label
        if attribute
        else _("削除された項目")
        if key.startswith("attr:")
        else get_history_label(key)
    )
    before, after = (
        format_history_value(key, side.get(key), people, attribute)
        for side in (change.before, change.after)
    )
    field = attribute.system if attribute else FIELD_OF.get(key, key)
    return make_change(label, field, before, after)


def _get_sort_key(pair: tuple[str, Any]) -> tuple[int, str]:
    order = list(WORDINGS)
    return (order.index(pair[0]) if pair[0] in WORDINGS else len(order), pair[0])


def _build_title(change: MemberChange, lines: Sequence[Change]) -> str:
    if not change.before:
        return _("会員を追加")
    if "merged_into_id" in change.after:
        return (
            _("別の会員に統合")
            if change.after["merged_into_id"]
            else _("統合を取り消し")
        )
    for key, value in change.after.items():
        if known := find_history_key(key):
            return known.build_title(value)
    if "deleted_at" in change.after:
        return _("会員を削除") if change.after["deleted_at"] else _("会員を復元")
    return _("%(fields)sを変更") % {
        "fields": _("、").join(str(line.label) for line in lines)
    }


def format_history_value(
    key: str, value: Any, people: dict[int, str], attribute: Attribute | None = None
) -> str:
    """Return a value as it is shown everywhere, '' for none."""
    if value is None or value == "":
        return ""
    if known := find_history_key(key):
        return known.format_value(value)
    if attribute:
        return show_json(attribute, value)
    if key == "merged_into_id":
        return people.get(value, _("削除された会員"))
    return WORDINGS[key].show(value) if key in WORDINGS else str(value)
