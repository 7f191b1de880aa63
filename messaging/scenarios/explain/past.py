"""The conditions once more, as they read when a message was decided about, with the member's values of that moment.

How a condition read is told by the audit log, which keeps what each change replaced. Values that have a history are put
back (members/identity/rewind.py); the others are marked 現在の値.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.conditions.tree import walk_leaves
from members.identity.rewind import has_history, rewind_member
from members.models import Member, Segment
from members.segments.manage import find_condition_at
from messaging.models import Delivery, Scenario
from messaging.scenarios.explain.conditions import (
    Check,
    explain_part,
    list_parts,
)
from messaging.scenarios.explain.runs import Run
from operators import audit

# What was decided: it was tried, or left out. So many decisions are explained as of then.
DECIDED = (*Delivery.GONE, Delivery.State.SKIPPED, Delivery.State.FAILED)
MOST_PAST = 10


def add_past(scenario: Scenario, member: Member, runs: list[Run]) -> None:
    """Add to the runs the conditions as of each decision, the newest decisions first."""
    ended = [row for run in runs for row in run.deliveries if row.state in DECIDED]
    ended.sort(key=lambda row: row.planned_at, reverse=True)
    newest = {row.pk for row in ended[:MOST_PAST]}
    for run in runs:
        for row in run.deliveries:
            if row.pk in newest and (at := find_decision_time(row)):
                run.past[row.pk] = explain_past(scenario, member, at)


def find_decision_time(delivery: Delivery) -> datetime | None:
    """Return when it was decided: before the first try of its call, or when it was left out."""
    if delivery.state != Delivery.State.SKIPPED and delivery.call:
        return delivery.call.first_tried_at
    return delivery.finished_at


def explain_past(scenario: Scenario, member: Member, at: datetime) -> list[Check]:
    """Return each condition of the scenario, as it read at that moment, with the member's values of then."""
    parts = list_parts_at(scenario, at)
    with rewind_member(member, at):
        then = Member.objects.get(pk=member.pk)
        checks = [explain_part(part, then, describe_as_of(part, at)) for part in parts]
        checks.append(explain_optout(then, at))
    return checks


def list_parts_at(scenario: Scenario, at: datetime) -> list[dict[str, Any]]:
    """Return the parts of the scenario's own condition and of its saved one, as both read at that moment.

    A saved condition that was deleted since cannot be told.
    """
    change = audit.find_next_data(scenario, "scenario.changed", at)
    then = change.get("before") or {
        "condition": scenario.condition,
        "segment": scenario.segment_id,
    }
    parts = list_parts(then["condition"])
    if segment := Segment.objects.filter(pk=then["segment"]).first():
        parts += list_parts(dict(find_condition_at(segment, at)))
    return parts


def describe_as_of(part: dict[str, Any], at: datetime) -> str:
    """Return as of when the values of a condition are: as of then only where all of them have a history."""
    if all(has_history(leaf["field"]) for leaf in walk_leaves(part)):
        return _("%(at)s時点の値") % {"at": format_moment(at)}
    return _("現在の値")


def explain_optout(then: Member, at: datetime) -> Check:
    since = then.line_optout_at
    value = (
        _("%(at)sから拒否していた") % {"at": format_moment(since)}
        if since
        else _("拒否していなかった")
    )
    note = _("%(at)s時点の値") % {"at": format_moment(at)}
    return Check(_("LINEの受信拒否"), value, since is None, note)
