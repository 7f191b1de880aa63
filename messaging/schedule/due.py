"""When a step goes out: a pure function of its timing and the moment from which it counts."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings

MIDNIGHT = time()


class OpenDays(Protocol):
    """The days on which a shop works."""

    def add_open_days(self, day: date, count: int) -> date:
        """Return the ``count``-th open day after ``day``; with 0 the day itself, or the next open one."""


@dataclass(frozen=True)
class Window:
    """The time of day in which messages go out: from ``start`` until before ``end``, perhaps over midnight.

    With ``start`` and ``end`` alike it is open all day.
    """

    start: time
    end: time

    def contains(self, at: time) -> bool:
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Timing:
    """What is set for a step.

    ``months`` and ``delay`` after the base; with ``at`` at that time of day on the day that this leads to. With
    ``open_days`` the whole days of the delay are days on which the shop works, where a calendar is given.
    """

    delay: timedelta = timedelta()
    months: int = 0
    at: time | None = None
    window: Window | None = None
    open_days: bool = False


@dataclass(frozen=True)
class Due:
    """``at``: when it goes out. ``moved_from``: when it would have gone out without the send window."""

    at: datetime
    moved_from: datetime | None = None


def get_shop_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def compute_due_at(
    step: Timing,
    base: datetime,
    calendar: OpenDays | None = None,
    *,
    zone: tzinfo | None = None,
    earliest: datetime | None = None,
) -> Due:
    """Return when the step goes out that counts from ``base``, an aware moment.

    ``zone``: the shop's; ``earliest``: not before this moment, such as the end of the time in which a tagging can be
    undone. The result is aware, in the shop's zone.
    """
    zone = zone or get_shop_zone()
    wished = compute_wished(step, base.astimezone(zone), calendar)
    if earliest and wished < earliest:
        wished = earliest.astimezone(zone)
    moved = move_into_window(wished, step.window)
    return Due(moved, None if moved == wished else wished)


def compute_wished(
    step: Timing, base: datetime, calendar: OpenDays | None = None
) -> datetime:
    """Return the moment that delay and time of day name, whatever the window says; ``base`` is in the shop's zone."""
    start = add_months(base, step.months)
    if step.open_days and calendar:
        days, rest = divmod(step.delay, timedelta(days=1))
        day = calendar.add_open_days(start.date(), days)
        late = datetime.combine(day, start.time(), base.tzinfo) + rest
    else:
        late = start + step.delay
    if step.at is None:
        return late
    at = datetime.combine(late.date(), step.at, base.tzinfo)
    # Too late on the day of the trigger itself means the next day: nobody is sent to before what they did.
    return at if at >= base else at + timedelta(days=1)


def add_months(moment: datetime, months: int) -> datetime:
    """Return the same day so many months later, or the last day of a shorter month."""
    if not months:
        return moment
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(
        year=year, month=month, day=min(moment.day, monthrange(year, month)[1])
    )


def move_into_window(moment: datetime, window: Window | None) -> datetime:
    """Return the moment itself, or the next start of the window; ``moment`` is in the shop's zone."""
    if window is None or window.contains(moment.time()):
        return moment
    start = datetime.combine(moment.date(), window.start, moment.tzinfo)
    return start if start > moment else start + timedelta(days=1)
