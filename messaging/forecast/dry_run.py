"""What the booked messages of the next days would come to, judged with today's data. Nothing is written or sent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from members.conditions.tree import BadCondition
from members.models import Member
from messaging.booked.rows import Rows
from messaging.deliveries.eligibility import DIRECT, narrow_members
from messaging.deliveries.reach import OPT_OUTS, SUPPRESSED, list_obstacles
from messaging.models import Delivery, Scenario, Sender, Way
from messaging.schedule.due import get_shop_zone

DAYS = 14
SHOWN = 5
MAIL, LINE = Sender.Kind.MAIL, Sender.Kind.LINE
DIRECT_ONES = Q(source__in=sorted(DIRECT))


@dataclass
class DryRunDay:
    """One day of the shop: how many messages are planned, and how many of them would go out as things stand."""

    day: date
    sent: int = 0
    left_out: int = 0

    @property
    def planned(self) -> int:
        return self.sent + self.left_out


@dataclass
class DryRunPart:
    """One series, or all that belongs to none (``scenario`` None). ``reasons``: why some would not go out."""

    scenario: Scenario | None
    sent: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    # The first few of each reason, the next ones first.
    samples: dict[str, list[Delivery]] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        return sum(self.reasons.values())


@dataclass
class DryRun:
    """``until``: the end of the last day. ``late``: what should have gone out before now stands on the first day."""

    until: datetime
    days: list[DryRunDay]
    parts: list[DryRunPart]


def forecast_booked(now: datetime | None = None) -> DryRun:
    """Return what would become of everything booked for the next DAYS days of the shop, today included."""
    now = now or timezone.now()
    zone = get_shop_zone()
    first = now.astimezone(zone).date()
    until = datetime.combine(first + timedelta(DAYS), datetime.min.time(), zone)
    days = {first + timedelta(n): DryRunDay(first + timedelta(n)) for n in range(DAYS)}
    parts = []
    rows: Rows = Delivery.objects.booked().filter(planned_at__lt=until)
    for scenario, part_rows in split_by_scenario(rows):
        part = DryRunPart(scenario)
        judged = add_obstacle(part_rows, scenario)
        for day, reason, count in count_by_day(judged):
            add_count(part, days[max(day, first)], reason, count)
        if part.sent or part.reasons:
            part.samples = find_samples(judged, part.reasons)
            parts.append(part)
    return DryRun(until, list(days.values()), parts)


def split_by_scenario(rows: Rows) -> Iterator[tuple[Scenario | None, Rows]]:
    """Yield the booked rows of each series that has steps, and at last those of none."""
    steps: dict[int, list[int]] = defaultdict(list)
    found = Scenario.objects.filter(deleted_at=None).select_related("segment")
    scenarios = {scenario.pk: scenario for scenario in found.prefetch_related("steps")}
    for scenario in scenarios.values():
        steps[scenario.pk] = [step.pk for step in scenario.steps.all()]
    for pk in sorted(scenarios, key=lambda pk: scenarios[pk].name):
        if steps[pk]:
            yield scenarios[pk], rows.filter(step__in=steps[pk])
    yield None, rows.filter(step=None)


def add_obstacle(rows: Rows, scenario: Scenario | None) -> Any:
    """Give each row the ``obstacle`` for which it would not go out today, "" for one that would.

    The order is that of the sender (deliveries/eligibility.py).
    """
    # What may go by the other channel too is left out only where neither reaches its member.
    either = Q(other_content__isnull=False)
    going = {
        Way.LINE: Q(channel=LINE) & ~either,
        Way.MAIL: Q(channel=MAIL) & ~either,
        Way.EITHER: either,
    }
    cases = [
        When(~Q(address=""), then=Value("")),
        When(member__deleted_at__isnull=False, then=Value("deleted")),
    ]
    for way, rows_of_way in going.items():
        for condition, reason in list_obstacles(way, "member__"):
            passing = DIRECT_ONES if reason in OPT_OUTS else Q(pk=None)
            if reason in SUPPRESSED.values():
                passing |= Q(source__in=(Delivery.Source.TEST, Delivery.Source.NOTICE))
            cases.append(When(rows_of_way & condition & ~passing, then=Value(reason)))
    if scenario:
        cases += list_scenario_cases(scenario)
    obstacle = Case(*cases, default=Value(""), output_field=CharField())
    return rows.annotate(obstacle=obstacle)


def list_scenario_cases(scenario: Scenario) -> list[When]:
    """Return what the series itself says: its switch, its conditions."""
    if not scenario.is_on:
        return [When(pk__isnull=False, then=Value("off"))]
    given = Member.objects.filter(deleted_at=None)
    try:
        own, both = narrow_members(scenario, given)
        cases = [
            When(~Exists(own.filter(pk=OuterRef("member"))), then=Value("condition"))
        ]
        if both is not own:
            fits = Exists(both.filter(pk=OuterRef("member")))
            cases.append(When(~fits, then=Value("segment")))
    except BadCondition:
        return [When(pk__isnull=False, then=Value("broken"))]
    return cases


def count_by_day(judged: Any) -> list[tuple[date, str, int]]:
    day = TruncDate("planned_at", tzinfo=get_shop_zone())
    rows = judged.order_by().annotate(day=day).values_list("day", "obstacle")
    return list(rows.annotate(Count("pk")))


def add_count(part: DryRunPart, day: DryRunDay, reason: str, count: int) -> None:
    if reason:
        part.reasons[reason] += count
        day.left_out += count
    else:
        part.sent += count
        day.sent += count


def find_samples(judged: Any, reasons: Counter[str]) -> dict[str, list[Delivery]]:
    """Return the first few of each reason, the next ones first."""
    rows = judged.select_related("member").order_by("planned_at", "pk")
    return {reason: list(rows.filter(obstacle=reason)[:SHOWN]) for reason in reasons}
