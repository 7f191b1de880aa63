"""The series with the real dates of one member who came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from members.models import Member
from messaging.models import Delivery, Enrollment, Scenario, Step
from messaging.scenarios.plan import plan_from_now

OFFERED = 5


@dataclass(frozen=True)
class SampleStep:
    """When one message goes out. ``delivery``: what became of it; None where it is only counted from now."""

    at: datetime | None
    moved_from: datetime | None
    delivery: Delivery | None = None


def list_samples(scenario: Scenario) -> list[Member]:
    """Return the members who came in last, to choose one from."""
    runs = Enrollment.objects.filter(scenario=scenario, refused="")
    members: dict[int, Member] = {}
    for run in runs.select_related("member").order_by("-pk")[: 4 * OFFERED]:
        members.setdefault(run.member_id, run.member)
    return list(members.values())[:OFFERED]


def plan_sample(
    scenario: Scenario, steps: Sequence[Step], member: Member | None
) -> dict[int, SampleStep]:
    """Return, by the step's id, when it goes out for the member's newest run; without a member, counted from now."""
    if member is None:
        plan = plan_from_now(scenario, steps)
        return {row.step_id: SampleStep(row.at, row.moved_from) for row in plan}
    run = (
        Enrollment.objects.filter(scenario=scenario, member=member, refused="")
        .order_by("-triggered_at", "-pk")
        .first()
    )
    rows: Any = Delivery.objects.filter(enrollment=run) if run else ()
    found = {
        row.step_id: SampleStep(row.planned_at, row.moved_from, row) for row in rows
    }
    # A message that was added after the member came in.
    return {step.pk: found.get(step.pk, SampleStep(None, None)) for step in steps}
