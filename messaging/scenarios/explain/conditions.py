"""Each condition of a scenario with a member's value."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.conditions.sentences import describe_condition
from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition
from members.models import Member, MemberTag, Tag
from messaging.deliveries.reasons import describe_reason
from messaging.models import Scenario


@dataclass(frozen=True)
class Check:
    """One condition. ``value``: the member's; ``holds``: None where it decides nothing; ``note``: as of when.

    ``way``: it is about messages that go this way; "" about any.
    """

    label: str
    value: str
    holds: bool | None
    note: str = ""
    way: str = ""


def explain_conditions(scenario: Scenario, member: Member) -> Iterator[Check]:
    """Yield each part of the scenario's own condition and of its saved condition."""
    for part in list_parts(scenario.condition):
        yield explain_part(part, member)
    if scenario.segment:
        name = _("保存した条件「%(name)s」") % {"name": scenario.segment.name}
        for part in list_parts(scenario.segment.condition):
            found = explain_part(part, member)
            yield Check(f"{name}：{found.label}", found.value, found.holds, found.note)


def list_parts(condition: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what must all hold; a group of alternatives is one part."""
    if not condition:
        return []
    parts = condition.get("all")
    return [part for part in parts if part] if isinstance(parts, list) else [condition]


def explain_part(part: dict[str, Any], member: Member, note: str = "") -> Check:
    """Return whether the member fits; ``note``: as of when, 現在の値 by default."""
    note = note or _("現在の値")
    try:
        label = describe_condition(part)
        mine = Member.objects.filter(pk=member.pk)
        holds = filter_members(mine, part).exists()
    except (BadCondition, KeyError):
        text = describe_reason("broken")
        return Check(_("読み取れない条件"), text, False)
    if part.get("field") == "tag":
        return Check(label, describe_tags(part, member), holds, note)
    words = _("当てはまる") if holds else _("当てはまらない")
    return Check(label, words, holds, note)


def describe_tags(part: dict[str, Any], member: Member) -> str:
    """Return which of the tags the member has, and since when."""
    since = find_tagged_since(member, part["value"])
    names = dict(Tag.objects.filter(pk__in=part["value"]).values_list("pk", "name"))
    return _("、").join(
        _("「%(tag)s」%(at)sから付いている")
        % {"tag": names[pk], "at": format_moment(since[pk])}
        if pk in since
        else _("「%(tag)s」付いていない") % {"tag": names[pk]}
        for pk in part["value"]
        if pk in names
    )


def find_tagged_since(member: Member, tag_ids: list[int]) -> dict[int, datetime]:
    rows = MemberTag.objects.filter(member=member, tag__in=tag_ids)
    return dict(rows.values_list("tag_id", "batch__at"))
