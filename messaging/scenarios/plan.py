"""When the steps of scenarios go out, computed once for each step and moment from which it counts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from messaging.calendar.manage import load_business_days
from messaging.models import Scenario, Step
from messaging.schedule.due import (
    OpenDays,
    compute_due_at,
    compute_wished,
    get_shop_zone,
)

# What should have gone out longer ago than this is left out: an old order that is read late asks for no review.
LATE = timedelta(hours=24)


@dataclass(frozen=True)
class PlannedStep:
    """One step counted from ``base``. ``is_late``: its time is long over, so it is not sent."""

    step_id: int
    base: datetime
    at: datetime
    moved_from: datetime | None
    is_late: bool


def list_planned_steps(
    scenarios: Collection[Scenario],
    bases: Sequence[datetime],
    now: datetime,
    wait: timedelta = timedelta(),
    at_once: bool = False,
    calendar: OpenDays | None = None,
) -> list[PlannedStep]:
    """Return the steps of the scenarios counted from each of ``bases``.

    ``wait``: none sooner than this from ``now``. ``at_once``: the first is due now, the others as far behind it as
    ever.
    """
    by_pk = {scenario.pk: scenario for scenario in scenarios}
    steps: dict[int, list[Step]] = {pk: [] for pk in by_pk}
    for step in Step.objects.filter(scenario__in=by_pk).in_order():
        steps[step.scenario_id].append(step)
    if calendar is None and any(
        row.open_days for rows in steps.values() for row in rows
    ):
        calendar = load_business_days()
    return [
        planned
        for base in bases
        for pk, scenario in by_pk.items()
        for planned in plan_steps(
            scenario, steps[pk], base, now + wait, at_once, calendar
        )
    ]


def plan_steps(
    scenario: Scenario,
    steps: Sequence[Step],
    base: datetime,
    earliest: datetime,
    at_once: bool = False,
    calendar: OpenDays | None = None,
) -> Iterator[PlannedStep]:
    """Yield when each step goes out for somebody who comes in at ``base``."""
    zone = get_shop_zone()
    timings = [step.timing(scenario.window) for step in steps]
    start = base.astimezone(zone)
    if at_once and timings:
        start -= (
            min(compute_wished(timing, start, calendar) for timing in timings) - start
        )
    for step, timing in zip(steps, timings, strict=True):
        due = compute_due_at(timing, start, calendar, zone=zone)
        is_late = due.at < earliest - LATE
        if not is_late and due.at < earliest:
            due = compute_due_at(timing, start, calendar, zone=zone, earliest=earliest)
        yield PlannedStep(step.pk, base, due.at, due.moved_from, is_late)


def plan_from_now(scenario: Scenario, steps: Sequence[Step]) -> list[PlannedStep]:
    """Return when each step would go out for somebody who came in now."""
    now = timezone.now()
    days = load_business_days() if any(step.open_days for step in steps) else None
    return list(plan_steps(scenario, steps, now, now, calendar=days))
