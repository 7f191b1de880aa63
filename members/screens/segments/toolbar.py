"""検索条件の呼び出し: what an operator sees of the saved conditions, and which of them a list shows now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.conditions.kinds.base import MASKED_MESSAGE, MaskedCondition
from members.conditions.sentences import describe_condition
from members.conditions.sql import filter_members
from members.conditions.tree import (
    BadCondition,
    Condition,
    list_condition_parts,
    walk_leaves,
)
from members.conditions.url import encode_condition
from members.listing.counts import Count, count_list_rows
from members.listing.list_filter import ORDERS, ListFilter, Tab, build_list_url
from members.models import Member, Segment
from members.screens.segments.forms import SegmentForm
from operators.models import OperatorGroup, Seat
from operators.rights import ShopRequest
from operators.roles import EDIT

ORDER_LABELS = {
    "-new": gettext_lazy("登録日の新しい順"),
    "new": gettext_lazy("登録日の古い順"),
    "-seen": gettext_lazy("最終反応の新しい順"),
    "seen": gettext_lazy("最終反応の古い順"),
}


@dataclass
class SegmentGroup:
    """個人用 (no group), or one of the operator's groups, with what is saved there."""

    key: str  # the group's public id
    group: OperatorGroup | None
    segments: list[Segment]
    may_order: bool = False

    @property
    def label(self) -> str:
        return self.group.name if self.group else _("個人用")


def list_segment_groups(seat: Seat) -> list[SegmentGroup]:
    """Return the groups that have saved conditions: the operator's own first, then the others by name."""
    return group_by_place(Segment.objects.seen_by(seat), seat)


def group_by_place(segments: QuerySet[Segment], seat: Seat) -> list[SegmentGroup]:
    """Sort these conditions, seen by the operator, into the lists that they stand in."""
    found: dict[str, SegmentGroup] = {}
    for segment in segments:
        key = segment.group.public_id if segment.group else ""
        segment.may_change = segment.changeable_by(seat)  # type: ignore[attr-defined]
        place = found.setdefault(key, SegmentGroup(key, segment.group, []))
        place.segments.append(segment)
        place.may_order = len(place.segments) > 1 and (not key or seat.can(EDIT))
    return sorted(found.values(), key=lambda place: (bool(place.group), place.label))


def build_segment_url(segment: Segment) -> str:
    """Return the member list by this condition, under its name. Raise BadCondition when it names what is gone."""
    filter_members(Member.objects.all(), segment.condition)
    sort = {"sort": segment.sort} if segment.sort else {}
    return build_list_url(
        *list_condition_parts(segment.condition), v=segment.public_id, **sort
    )


def count_segment(segment: Segment) -> Count | None:
    """Count whom the condition finds; None when it names something that is gone."""
    try:
        rows = filter_members(Member.objects.all(), segment.condition)
        return count_list_rows(rows, encode_condition(segment.condition))
    except BadCondition:
        return None


def describe_segment_problem(segment: Segment) -> str:
    """Say why whoever asks cannot use the condition, and what to do; "" where they can."""
    try:
        filter_members(Member.objects.all(), segment.condition)
    except MaskedCondition:
        return str(MASKED_MESSAGE)
    except BadCondition:
        return _(
            "条件にあるタグや項目が削除されています。会員は1人も見つかりません。条件を作り直して上書きするか、この条件を削除してください。"
        )
    return ""


# ---------------------------------------------------------------- on the member list
@dataclass
class SegmentToolbar:
    """What the list's control shows.

    ``changed``: the list shows something else than ``current`` says; ``narrowed``: there is a condition worth saving.
    """

    places: list[SegmentGroup]
    tabs: list[Tab]
    current: Segment | None
    changed: bool
    may_overwrite: bool
    narrowed: bool
    condition: Condition
    sort: str
    form: SegmentForm

    @property
    def compared(self) -> list[str]:
        return (
            describe_overwrite(self.current, self.condition, self.sort)
            if self.current
            else []
        )


def build_segment_toolbar(
    request: ShopRequest, chosen: ListFilter, tabs: list[Tab]
) -> SegmentToolbar:
    seen = list_segment_groups(request.seat)
    key = request.GET.get("v", "")
    current = next(
        (row for place in seen for row in place.segments if row.public_id == key), None
    )
    condition = chosen.condition if chosen.usable else {}
    return SegmentToolbar(
        places=seen,
        tabs=build_named_tabs(tabs, current) if current else tabs,
        current=current,
        changed=current is not None and is_changed_segment(current, chosen),
        may_overwrite=current is not None
        and chosen.usable
        and current.changeable_by(request.seat),
        narrowed=any(leaf["field"] != "usual" for leaf in walk_leaves(condition)),
        condition=condition,
        sort=parse_sort_order(request.GET),
        form=SegmentForm(seat=request.seat, auto_id="id_save_%s"),
    )


def build_named_tabs(tabs: list[Tab], current: Segment) -> list[Tab]:
    """Return the tabs with the first one named after the saved condition, and the way out of it before it."""
    first, *others = tabs
    everybody = replace(
        first, label=_("すべて"), url=reverse("members:list"), count=None, current=False
    )
    return [everybody, replace(first, label=current.name), *others]


def describe_overwrite(segment: Segment, condition: Condition, sort: str) -> list[str]:
    """Describe what the saved condition says, and what it would say when overwritten."""
    now, then = describe_condition(segment.condition), describe_condition(condition)
    if segment.sort != sort:
        now, then = append_order_text(now, segment.sort), append_order_text(then, sort)
    return [
        _("いまの条件：%(condition)s") % {"condition": now},
        _("新しい条件：%(condition)s") % {"condition": then},
    ]


def append_order_text(words: str, sort: str) -> str:
    return _("%(condition)s（%(order)s）") % {
        "condition": words,
        "order": ORDER_LABELS.get(sort, ORDER_LABELS["-new"]),
    }


def is_changed_segment(segment: Segment, chosen: ListFilter) -> bool:
    """Return whether the list shows something else than the saved condition.

    A tab of the list only looks into a part of what was saved: it counts as no change.
    """
    condition = {"all": chosen.across} if chosen.usable else {}
    return (
        normalize_segment_condition(condition)
        != normalize_segment_condition(segment.condition)
        or parse_sort_order(chosen.query) != segment.sort
    )


def parse_sort_order(query: QueryDict) -> str:
    """Return the order asked for, "" for the list's own."""
    sort = query.get("sort", "")
    return sort if sort in ORDERS else ""


def normalize_segment_condition(node: Condition | None) -> Any:
    """Return one shape for all conditions that say the same.

    Nested “all”s are opened, groups of one unwrapped, and parts sorted.
    """
    if not node or "field" in node:
        return node or {"all": []}
    word, parts = next(iter(node.items()))
    if word == "not":
        return {"not": normalize_segment_condition(parts)}
    opened: list[Any] = []
    for part in map(normalize_segment_condition, parts):
        opened += part[word] if isinstance(part, Mapping) and word in part else [part]
    opened.sort(key=lambda part: json.dumps(part, sort_keys=True))
    return opened[0] if len(opened) == 1 else {word: opened}
