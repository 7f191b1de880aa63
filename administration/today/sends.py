"""Today's messages, hour by hour in the shop's time, as numbers and as a picture."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.db.models.functions import TruncHour
from django.utils import timezone

from messaging.models import Broadcast, Delivery

State = Delivery.State
# Kind of bar → the states it shows; the order is that of the bars, from the axis upwards.
SHOWN = {
    "sent": (State.SENT,),
    "booked": (State.SCHEDULED, State.CLAIMED, State.HELD),
    "failed": (State.FAILED, State.UNKNOWN),
}
COLOURS = {"sent": 4, "booked": 3, "failed": 1}
HEIGHT, STEP, BAR = 120, 30, 20


@dataclass(frozen=True)
class Bar:
    colour: int
    x: int
    y: float
    height: float


@dataclass
class Hour:
    """What fell into one hour: {"sent": n, "booked": n, "failed": n}."""

    at: datetime
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHOWN, 0))
    bars: list[Bar] = field(default_factory=list)

    @property
    def x(self) -> int:
        return STEP * timezone.localtime(self.at).hour

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class TodaySends:
    hours: list[Hour]
    sent: int
    booked: int
    failed: int

    @property
    def total(self) -> int:
        return self.sent + self.booked + self.failed

    @property
    def width(self) -> int:
        return STEP * len(self.hours)


def count_today_sends(now: datetime) -> TodaySends:
    """Count the messages planned for today (the shop's zone is the active one), by hour and outcome."""
    midnight = timezone.localtime(now).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    hours = {n: Hour(midnight + timedelta(hours=n)) for n in range(24)}
    kinds = {state: kind for kind, states in SHOWN.items() for state in states}
    rows = Delivery.objects.filter(
        state__in=list(kinds),
        planned_at__gte=midnight,
        planned_at__lt=midnight + timedelta(days=1),
    )
    found = rows.order_by().annotate(hour=TruncHour("planned_at"))
    for hour, state, count in found.values_list("hour", "state").annotate(Count("pk")):
        hours[timezone.localtime(hour).hour].counts[kinds[State(state)]] += count
    drawn = list(hours.values())
    draw_bars(drawn)
    totals = {kind: sum(hour.counts[kind] for hour in drawn) for kind in SHOWN}
    return TodaySends(drawn, **totals)


def draw_bars(hours: list[Hour]) -> None:
    """Stack the bars of each hour; the highest hour fills the picture."""
    highest = max(hour.total for hour in hours) or 1
    for place, hour in enumerate(hours):
        top = float(HEIGHT)
        for kind, count in hour.counts.items():
            if count:
                height = max(round(HEIGHT * count / highest, 1), 2)
                top = round(top - height, 1)
                x = place * STEP + (STEP - BAR) // 2
                hour.bars.append(Bar(COLOURS[kind], x, top, height))


def find_next_send(now: datetime) -> datetime | None:
    """Return when the next booked message goes out, or the next broadcast begins."""
    booked = Delivery.objects.filter(state=State.SCHEDULED, due_at__gte=now)
    planned = Broadcast.objects.filter(state=Broadcast.State.BOOKED, due_at__gte=now)
    nexts = [rows.aggregate(at=Min("due_at"))["at"] for rows in (booked, planned)]
    return min((at for at in nexts if at), default=None)
