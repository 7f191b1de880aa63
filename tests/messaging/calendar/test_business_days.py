"""From the moment of an order to its shipping day, against an oracle that looks at one day after the other."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.calendar.business_days import (
    BusinessDays,
    NoOpenDay,
    Rule,
    plan_shipped,
    plan_shipping,
)
from messaging.calendar.public_holidays import is_announced, list_holidays

NO_WEEKEND: frozenset[int] = frozenset()
DAY = timedelta(days=1)

moments = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1))
calendars = st.builds(
    BusinessDays,
    closed_weekdays=st.frozensets(st.integers(0, 6), max_size=6),
    closed_on_holidays=st.booleans(),
    exceptions=st.dictionaries(
        st.dates(date(2025, 12, 1), date(2027, 4, 1)), st.booleans(), max_size=40
    ),
    cutoff=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    count_from_closed_day=st.booleans(),
    shipping_days=st.integers(0, 12),
)


def ask_oracle(received: datetime, days: BusinessDays) -> tuple[date, date]:
    """(receipt day, shipping day): tick days off on a list of what is open, as a person would on paper."""
    paper = []
    for n in range(1500):
        day = received.date() + n * DAY
        closed = day.isoweekday() - 1 in days.closed_weekdays
        if days.closed_on_holidays and day in list_holidays(day.year):
            closed = True
        if day in days.exceptions:
            closed = not days.exceptions[day]
        paper.append((day, not closed))
    minute = (received.hour, received.minute)
    if days.cutoff and minute > (days.cutoff.hour, days.cutoff.minute):
        paper = paper[1:]
    receipt_day, receipt_open = paper[0]
    open_days = [day for day, is_open in paper if is_open]
    if receipt_open or not days.count_from_closed_day or days.shipping_days == 0:
        return receipt_day, open_days[days.shipping_days]
    return receipt_day, open_days[days.shipping_days - 1]


@given(moments, calendars)
def test_the_shipping_day_is_the_one_ticked_off_on_paper(
    received: datetime, days: BusinessDays
) -> None:
    plan = plan_shipping(received, days)
    assert (plan.receipt_day, plan.shipping_day) == ask_oracle(received, days)


@given(moments, calendars)
def test_a_rule_is_named_when_it_moved_something_and_only_then(
    received: datetime, days: BusinessDays
) -> None:
    plan = plan_shipping(received, days)
    moved = {
        Rule.AFTER_CUTOFF: plan.receipt_day != received.date(),
        Rule.FROM_NEXT_OPEN_DAY: plan.start_day != plan.receipt_day,
        Rule.FROM_CLOSED_DAY: not days.is_open(plan.start_day),
        Rule.BUSINESS_DAYS: True,
    }
    assert plan.rules == tuple(rule for rule, holds in moved.items() if holds)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (time(11, 59), 1),
        (time(12, 0), 1),
        (time(12, 0, 59, 999999), 1),
        (time(12, 1), 2),
        (time(23, 59), 2),
    ],
)
def test_the_minute_of_the_cutoff_is_still_today(at: time, day: int) -> None:
    days = BusinessDays(cutoff=time(12))
    received = datetime.combine(date(2026, 12, 1), at)
    assert days.find_receipt_day(received) == date(2026, 12, day)


def test_a_saturday_counts_from_monday_or_from_itself() -> None:
    saturday = datetime(2026, 12, 5, 10)
    monday, tuesday = date(2026, 12, 7), date(2026, 12, 8)
    assert plan_shipping(saturday, BusinessDays()).shipping_day == tuesday
    counted = BusinessDays(count_from_closed_day=True)
    assert plan_shipping(saturday, counted).shipping_day == monday


def test_sixty_closed_days_are_an_error_and_fifty_nine_are_none() -> None:
    first = date(2026, 6, 1)
    closed = {first + n * DAY: False for n in range(60)}
    days = BusinessDays(NO_WEEKEND, False, closed)
    with pytest.raises(NoOpenDay) as error:
        days.find_open_day(first)
    assert error.value.day == first
    assert days.find_open_day(first + DAY) == first + 60 * DAY


def test_every_weekday_closed_is_an_error_and_no_loop() -> None:
    days = BusinessDays(frozenset(range(7)))
    with pytest.raises(NoOpenDay):
        plan_shipping(datetime(2026, 6, 1, 9), days)


def test_a_shipped_mail_is_the_shipping_day_whatever_the_calendar_says() -> None:
    sunday = datetime(2026, 12, 6, 23, 59)
    plan = plan_shipped(sunday)
    assert (plan.shipping_day, plan.rules) == (sunday.date(), (Rule.SHIPPED_MAIL,))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2024, 2, 12), "振替休日"),
        (date(2026, 5, 6), "振替休日"),
        (date(2026, 9, 22), "国民の休日"),
        (date(2027, 3, 22), "振替休日"),
        (date(2020, 7, 23), "海の日"),
        (date(2020, 7, 24), "スポーツの日"),
        (date(2021, 8, 8), "山の日"),
        (date(2021, 8, 9), "振替休日"),
        (date(2019, 4, 30), "国民の休日"),
        (date(2026, 7, 20), "海の日"),
    ],
)
def test_moved_substitute_and_citizens_holidays(day: date, name: str) -> None:
    assert list_holidays(day.year)[day] == name


def test_the_day_of_2020_that_was_moved_away_is_ordinary() -> None:
    assert date(2020, 10, 12) not in list_holidays(2020)


@pytest.mark.parametrize(
    ("year", "today", "announced"),
    [
        (2026, date(2026, 1, 31), True),
        (2027, date(2026, 1, 31), False),
        (2027, date(2026, 2, 1), True),
        (2028, date(2026, 12, 31), False),
    ],
)
def test_next_year_is_official_from_february_on(
    year: int, today: date, announced: bool
) -> None:
    assert is_announced(year, today) == announced
