"""When the steps of scenarios go out, computed once for each step and moment from which it counts."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from messaging.calendar.business_days import BusinessDays, NoOpenDay, plan_shipping
from messaging.calendar.manage import load_business_days
from messaging.models import Scenario, Step
from messaging.schedule.due import (
    MIDNIGHT,
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
    if calendar is None and needs_calendar(by_pk.values(), steps.values()):
        calendar = load_business_days()
    return [
        planned
        for base in bases
        for pk, scenario in by_pk.items()
        for planned in plan_steps(
            scenario, steps[pk], base, now + wait, at_once, calendar
        )
    ]


def needs_calendar(
    scenarios: Iterable[Scenario], steps: Iterable[Sequence[Step]]
) -> bool:
    return any(
        scenario.counts_from == Scenario.CountsFrom.SHIPPING for scenario in scenarios
    ) or any(row.open_days for rows in steps for row in rows)


def find_starts(
    scenario: Scenario, base: datetime, calendar: OpenDays | None
) -> tuple[datetime, datetime]:
    """Return from when steps count that have a time of day, and those without; ``base`` is in the shop's zone.

    Counted from the shipping day the first is its midnight, the second the event's own time on it. A calendar without
    an open day counts from the event: an order is stored all the same.
    """
    wanted = scenario.counts_from == Scenario.CountsFrom.SHIPPING
    if not wanted or not isinstance(calendar, BusinessDays):
        return base, base
    try:
        day = plan_shipping(base, calendar).shipping_day
    except NoOpenDay:
        return base, base
    return (
        datetime.combine(day, MIDNIGHT, base.tzinfo),
        datetime.combine(day, base.time(), base.tzinfo),
    )


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
    starts = find_starts(scenario, base.astimezone(zone), calendar)
    if at_once and timings:
        start = base.astimezone(zone)
        start -= (
            min(compute_wished(timing, start, calendar) for timing in timings) - start
        )
        starts = start, start
    for step, timing in zip(steps, timings, strict=True):
        start = starts[0] if timing.at else starts[1]
        due = compute_due_at(timing, start, calendar, zone=zone)
        is_late = due.at < earliest - LATE
        if not is_late and due.at < earliest:
            due = compute_due_at(timing, start, calendar, zone=zone, earliest=earliest)
        yield PlannedStep(step.pk, base, due.at, due.moved_from, is_late)


def plan_from_now(scenario: Scenario, steps: Sequence[Step]) -> list[PlannedStep]:
    """Return when each step would go out for somebody who came in now."""
    now = timezone.now()
    days = load_business_days() if needs_calendar([scenario], [steps]) else None
    return list(plan_steps(scenario, steps, now, now, calendar=days))
