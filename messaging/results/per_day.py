"""What went out day by day: sent, reacted to and failed, by channel, by the day for which it was planned.

The days are those of 送信ログ's filter, so that each number and its rows there are the same.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists
from django.db.models.functions import TruncDate

from messaging.models import Delivery, Sender
from messaging.results.figures import select_reactions
from messaging.schedule.due import get_shop_zone
from tenants.pg.replica import try_replica_first

LONGEST = 92
WIDTH, HEIGHT, GAP = 720, 160, 2
MOST_DATES = 10
State = Delivery.State


@dataclass(frozen=True)
class DayCounts:
    """One day of one channel; ``reacted`` of those ``sent``."""

    day: date
    sent: int = 0
    reacted: int = 0
    failed: int = 0


@dataclass(frozen=True)
class ChannelDays:
    """All days of the period, also those on which nothing went out."""

    channel: str
    label: str
    days: list[DayCounts]

    @property
    def total(self) -> DayCounts:
        sums = (
            sum(getattr(day, name) for day in self.days)
            for name in ("sent", "reacted", "failed")
        )
        return DayCounts(self.days[0].day, *sums)


@try_replica_first
def count_days(first: date, last: date) -> list[ChannelDays]:
    """Return the days from ``first`` to ``last`` for each channel by which anything went out; two queries."""
    zone = get_shop_zone()
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(1), datetime.min.time(), zone)
    planned = Delivery.objects.filter(planned_at__gte=start, planned_at__lt=end)
    rows = planned.annotate(day=TruncDate("planned_at", tzinfo=zone)).order_by()
    counts: dict[str, Counter[tuple[date, str]]] = defaultdict(Counter)
    gone = rows.filter(state__in=(State.SENT, State.FAILED))
    for channel, day, state, n in gone.values_list("channel", "day", "state").annotate(
        Count("pk")
    ):
        counts[channel][day, "sent" if state == State.SENT else "failed"] = n
    reacted = rows.filter(Exists(select_reactions()), state=State.SENT)
    for channel, day, n in reacted.values_list("channel", "day").annotate(Count("pk")):
        counts[channel][day, "reacted"] = n
    return [
        ChannelDays(channel, str(label), list_days(counts[channel], first, last))
        for channel, label in Sender.Kind.choices
        if channel in counts
    ]


def list_days(
    counts: Counter[tuple[date, str]], first: date, last: date
) -> list[DayCounts]:
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return [
        DayCounts(
            day, counts[day, "sent"], counts[day, "reacted"], counts[day, "failed"]
        )
        for day in days
    ]


# ---------------------------------------------------------------- the picture
@dataclass(frozen=True)
class DayBar:
    """One day: the failed stand on the sent, and the reacted are the lower part of these. Heights from the top."""

    x: int
    counts: DayCounts
    sent_y: int
    sent_height: int
    reacted_y: int
    reacted_height: int
    failed_y: int
    failed_height: int


@dataclass(frozen=True)
class DayChart:
    bars: list[DayBar]
    bar_width: int
    # (middle, date) of the dates under it, and (height, number) of its lines.
    dates: list[tuple[int, date]]
    lines: list[tuple[int, int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = field(default=48)


def draw_channel(found: ChannelDays) -> DayChart:
    """Return the bars of a channel; the highest day fills the height."""
    left = 48
    most = max([day.sent + day.failed for day in found.days] + [1])
    step = (WIDTH - left) / len(found.days)
    width = max(round(step) - GAP, 2)
    bars = [
        draw_day_bar(round(left + place * step), day, most)
        for place, day in enumerate(found.days)
    ]
    every = -(-len(bars) // MOST_DATES)
    dates = [(bar.x + width // 2, bar.counts.day) for bar in bars[::every]]
    lines = [(0, most), (HEIGHT, 0)]
    return DayChart(bars, width, dates, lines, left=left)


def draw_day_bar(x: int, day: DayCounts, most: int) -> DayBar:
    heights = scale_counts([day.sent, day.reacted, day.failed], most)
    sent, reacted, failed = heights
    return DayBar(
        x,
        day,
        HEIGHT - sent,
        sent,
        HEIGHT - reacted,
        reacted,
        HEIGHT - sent - failed,
        failed,
    )


def scale_counts(counts: Sequence[int], most: int) -> list[int]:
    """Return heights; what is not nothing is seen."""
    return [max(round(n * HEIGHT / most), 2) if n else 0 for n in counts]
