"""When a step goes out, compared with a slow and obvious oracle that walks the minutes of the shop's clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.schedule.due import Due, Timing, Window, add_months, compute_due_at

TOKYO = ZoneInfo("Asia/Tokyo")
bases = st.datetimes(
    datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC)
)
minutes = st.times().map(lambda t: t.replace(second=0, microsecond=0))
delays = st.integers(0, 60 * 24 * 60).map(lambda n: timedelta(minutes=n))
windows = st.none() | st.builds(Window, minutes, minutes)
timings = st.builds(Timing, delay=delays, at=st.none() | minutes, window=windows)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def is_open(window: Window | None, minute: time) -> bool:
    """Return whether the minute is one of those that pass from the window's start to its end."""
    if window is None or window.start == window.end:
        return True
    hour = datetime.combine(date(2026, 1, 1), window.start)
    passed = set()
    while hour.time() != window.end:
        passed.add(hour.time())
        hour += timedelta(minutes=1)
    return minute in passed


@given(timings, bases)
def test_it_is_never_early_and_always_inside_the_window(
    step: Timing, base: datetime
) -> None:
    due = compute_due_at(step, base, zone=TOKYO)
    assert due.at >= base
    assert is_open(step.window, due.at.time().replace(second=0, microsecond=0))


@given(timings, bases)
def test_without_a_window_delay_and_time_of_day_decide(
    step: Timing, base: datetime
) -> None:
    step = Timing(step.delay, at=step.at)
    due = compute_due_at(step, base, zone=TOKYO).at
    late = (base + step.delay).astimezone(TOKYO)
    if step.at is None:
        assert due == late
    else:
        days = [late.date(), late.date() + timedelta(days=1)]
        assert due in [datetime.combine(day, step.at, TOKYO) for day in days]
        assert due.date() == days[0] or datetime.combine(days[0], step.at, TOKYO) < base


@given(timings, bases)
def test_what_a_window_moves_goes_to_its_next_start(
    step: Timing, base: datetime
) -> None:
    due = compute_due_at(step, base, zone=TOKYO)
    unmoved = compute_due_at(Timing(step.delay, at=step.at), base, zone=TOKYO).at
    if is_open(step.window, unmoved.time().replace(second=0, microsecond=0)):
        assert due == Due(unmoved)
        return
    assert step.window
    assert (due.moved_from, due.at.time()) == (unmoved, step.window.start)
    assert unmoved < due.at <= unmoved + timedelta(days=1)


@given(timings, bases, st.integers(0, 10_000).map(lambda n: timedelta(minutes=n)))
def test_the_day_decides_where_a_time_of_day_is_set(
    step: Timing, base: datetime, shift: timedelta
) -> None:
    """The moment may be computed once for a day, so nothing of the base but its day may show."""
    step = Timing(timedelta(days=step.delay.days + 1), at=step.at or time(10))
    other = base + shift
    if other.astimezone(TOKYO).date() == base.astimezone(TOKYO).date():
        assert compute_due_at(step, base, zone=TOKYO) == compute_due_at(
            step, other, zone=TOKYO
        )


@given(timings, bases, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_later_steps_are_never_due_earlier(
    step: Timing, base: datetime, more: timedelta
) -> None:
    later = Timing(step.delay + more, at=step.at, window=step.window)
    assert (
        compute_due_at(step, base, zone=TOKYO).at
        <= compute_due_at(later, base, zone=TOKYO).at
    )


@given(timings, bases, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_nothing_goes_out_before_the_earliest_moment(
    step: Timing, base: datetime, wait: timedelta
) -> None:
    due = compute_due_at(step, base, zone=TOKYO, earliest=base + wait)
    assert due.at >= base + wait
    assert is_open(step.window, due.at.time().replace(second=0, microsecond=0))


@given(bases, st.integers(0, 40))
def test_months_keep_the_day_or_end_with_the_month(base: datetime, months: int) -> None:
    later = add_months(base, months)
    assert (later.year * 12 + later.month) - (base.year * 12 + base.month) == months
    following = later + timedelta(days=1)
    assert later.day == base.day or (following.day, later.day < base.day) == (1, True)
    assert later.time() == base.time()


@pytest.mark.parametrize(
    ("step", "base", "due", "moved_from"),
    [
        (Timing(timedelta(hours=2)), "2026-11-22 14:30", "2026-11-22 16:30", None),
        (Timing(timedelta(days=2), at=time(10)), "2026-11-22 23:59", "2026-11-24 10:00", None),
        (Timing(at=time(10)), "2026-11-22 09:00", "2026-11-22 10:00", None),
        (Timing(at=time(10)), "2026-11-22 10:01", "2026-11-23 10:00", None),
        (Timing(months=1), "2027-01-31 12:00", "2027-02-28 12:00", None),
        (Timing(months=1), "2028-01-31 12:00", "2028-02-29 12:00", None),
        (Timing(timedelta(hours=2), window=Window(time(9), time(21))),
         "2026-11-22 20:30", "2026-11-23 09:00", "2026-11-22 22:30"),
        (Timing(window=Window(time(9), time(21))), "2026-11-22 21:00", "2026-11-23 09:00", "2026-11-22 21:00"),
        (Timing(window=Window(time(9), time(21))), "2026-11-22 03:00", "2026-11-22 09:00", "2026-11-22 03:00"),
        # A window over midnight.
        (Timing(window=Window(time(18), time(2))), "2026-11-22 23:00", "2026-11-22 23:00", None),
        (Timing(window=Window(time(18), time(2))), "2026-11-23 02:00", "2026-11-23 18:00", "2026-11-23 02:00"),
        # New Year, and a moment that is another day in UTC.
        (Timing(timedelta(days=1), at=time(0, 30)), "2026-12-31 05:00", "2027-01-01 00:30", None),
    ],
)  # fmt: skip
def test_worked_examples(
    step: Timing, base: str, due: str, moved_from: str | None
) -> None:
    found = compute_due_at(step, at(base), zone=TOKYO)
    assert found == Due(at(due), at(moved_from) if moved_from else None)


class Weekdays:
    """Open from Monday to Friday."""

    def add_open_days(self, day: date, count: int) -> date:
        while True:
            while day.weekday() > 4:
                day += timedelta(days=1)
            if not count:
                return day
            day, count = day + timedelta(days=1), count - 1


def test_open_days_skip_the_weekend() -> None:
    step = Timing(timedelta(days=2), at=time(11), open_days=True)
    friday = at("2026-11-20 15:00")
    assert compute_due_at(step, friday, Weekdays(), zone=TOKYO).at == at(
        "2026-11-24 11:00"
    )
    assert compute_due_at(step, friday, None, zone=TOKYO).at == at("2026-11-22 11:00")
