"""The decision about a member: each condition with its value, what came in, and one sentence.

What is coming is explained with the values of now. What went out, or was left out, is explained once more as of then.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.models import Member
from messaging.models import Delivery, Scenario
from messaging.scenarios.explain.conditions import (
    Check,
    explain_conditions,
)
from messaging.scenarios.explain.past import add_past
from messaging.scenarios.explain.reach import explain_reach
from messaging.scenarios.explain.runs import Run, explain_start, list_runs


@dataclass(frozen=True)
class Explanation:
    """``decision``: the whole in one sentence; ``is_sent``: whether the next message goes out as things stand."""

    decision: str
    is_sent: bool
    starts: list[Check]
    conditions: list[Check]
    reach: list[Check]
    runs: list[Run]


def explain_member(
    scenario: Scenario, member: Member, with_past: bool = False
) -> Explanation:
    """Explain the scenario's decisions on a member, as things stand now, with what was decided before.

    ``with_past``: with each condition as of the newest MOST_PAST decisions.
    """
    runs = list_runs(scenario, member)
    if with_past:
        add_past(scenario, member, runs)
    starts = [explain_start(row, member, runs) for row in scenario.starts]
    conditions = [*explain_conditions(scenario, member)]
    reach = [*explain_reach(scenario, member)]
    is_sent, decision = summarize_decision(scenario, runs, [*conditions, *reach])
    return Explanation(decision, is_sent, starts, conditions, reach, runs)


def summarize_decision(
    scenario: Scenario, runs: list[Run], checks: list[Check]
) -> tuple[bool, str]:
    """Return whether the next message goes out as things stand, and the sentence that says so."""
    open_runs = [
        run
        for run in runs
        if any(row.state in Delivery.UNDER_WAY for row in run.deliveries)
    ]
    if not runs:
        return False, _("きっかけがまだ起きていないため、配信されません。")
    if not open_runs:
        newest = runs[0]
        if newest.refusal:
            return False, newest.refusal
        return False, newest.ending or describe_end(newest)
    coming = next(
        row for row in open_runs[0].deliveries if row.state in Delivery.UNDER_WAY
    )
    when = format_moment(coming.planned_at)
    way = coming.step.way if coming.step else ""
    failing = next(
        (
            check
            for check in checks
            if check.holds is False and check.way in ("", way or check.way)
        ),
        None,
    )
    if failing:
        text = _(
            "次のメッセージ（%(at)s）は、いまのままでは送りません。%(label)s：%(value)s"
        )
        values = {"at": when, "label": failing.label, "value": failing.value}
        return False, text % values
    return True, _("次のメッセージを%(at)sに送ります。") % {"at": when}


def describe_end(run: Run) -> str:
    """Return what became of a run that went to its end."""
    sent = sum(row.state == Delivery.State.SENT for row in run.deliveries)
    total = len(run.deliveries)
    if sent == total:
        return _("すべてのメッセージを送り終えました。")
    last = next(
        row for row in reversed(run.deliveries) if row.state != Delivery.State.SENT
    )
    text = _("%(total)s件のうち%(sent)s件を送りました。最後に送らなかった理由：%(why)s")
    return text % {"total": total, "sent": sent, "why": last.why or last.state_words}
