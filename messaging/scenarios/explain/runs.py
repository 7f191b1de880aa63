"""What came in: each run of a member through a scenario, and what may start one."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from console.templatetags.kit import format_moment
from members.models import Member
from messaging.deliveries.reasons import describe_reason
from messaging.models import Delivery, Enrollment, Scenario, Trigger
from messaging.scenarios.explain.conditions import (
    Check,
    find_tagged_since,
)
from messaging.scenarios.people import explain_refusal, group_deliveries
from messaging.triggers.kinds import get_trigger_kind


@dataclass(frozen=True)
class Run:
    """One event that came in, and what it booked."""

    enrollment: Enrollment
    trigger: str
    refusal: str
    ending: str
    deliveries: list[Delivery]
    # Delivery's id → its conditions as of when it was decided.
    past: dict[int, list[Check]]

    @property
    def decided(self) -> list[tuple[Delivery, list[Check]]]:
        """The deliveries, each with its conditions as of then; [] where nothing was decided yet."""
        return [(row, self.past.get(row.pk, [])) for row in self.deliveries]


def list_runs(scenario: Scenario, member: Member) -> list[Run]:
    """Return what came in, the newest first."""
    rows = Enrollment.objects.filter(scenario=scenario, member=member)
    enrollments = list(rows.order_by("-triggered_at", "-pk"))
    deliveries = group_deliveries(enrollments)
    names = {
        trigger.pk: get_trigger_kind(trigger.kind).describe(trigger)
        for trigger in scenario.starts
    }
    return [
        Run(
            row,
            describe_starter(row, names),
            explain_refusal(row),
            describe_reason(row.ended_why),
            deliveries[row.pk],
            {},
        )
        for row in enrollments
    ]


def describe_starter(row: Enrollment, names: dict[int, str]) -> str:
    if not row.started_by:
        return _("オペレーターの操作")
    return names.get(row.started_by) or _("いまは外されているきっかけ")


def explain_start(trigger: Trigger, member: Member, runs: list[Run]) -> Check:
    """Return whether this trigger ever let the member in."""
    label = get_trigger_kind(trigger.kind).describe(trigger)
    own = [run for run in runs if run.enrollment.started_by == trigger.pk]
    if own:
        at = format_moment(own[0].enrollment.triggered_at)
        return Check(label, _("%(at)sに起きました") % {"at": at}, True)
    if trigger.tag:
        since = find_tagged_since(member, [trigger.tag.pk]).get(trigger.tag.pk)
        if since:
            value = _("%(at)sからタグが付いていますが、きっかけには数えていません")
            note = _("オフの間や、きっかけを追加する前に付いたタグです。")
            return Check(label, value % {"at": format_moment(since)}, False, note)
    return Check(label, _("まだ起きていません"), False)
