"""A year of the calendar, as it is drawn."""

import calendar
from dataclasses import dataclass
from datetime import date

from django.utils.dates import WEEKDAYS_ABBR

from messaging.calendar.business_days import BusinessDays
from messaging.calendar.public_holidays import is_announced, list_holidays


@dataclass(frozen=True)
class DayCell:
    """One day: ``holiday`` is its name or blank; ``by_hand`` when it goes against the rules."""

    day: date
    is_open: bool
    by_hand: bool
    holiday: str
    is_today: bool

    @property
    def kind(self) -> str:
        names = {
            "closed": not self.is_open,
            "by-hand": self.by_hand,
            "holiday": bool(self.holiday),
            "today": self.is_today,
        }
        return " ".join(name for name, holds in names.items() if holds)


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[DayCell | None]]
    open_days: int


@dataclass(frozen=True)
class Year:
    number: int
    months: list[Month]
    announced: bool
    by_hand: int

    @property
    def weekdays(self) -> list[str]:
        """The short names of the weekdays, Sunday first."""
        return [str(WEEKDAYS_ABBR[number]) for number in (6, 0, 1, 2, 3, 4, 5)]

    @property
    def open_days(self) -> int:
        return sum(month.open_days for month in self.months)


def draw_year(number: int, days: BusinessDays, today: date) -> Year:
    """Return the year by months and weeks; weeks begin on Sunday, as on a calendar at the wall."""
    drawn = [draw_month(date(number, month, 1), days, today) for month in range(1, 13)]
    by_hand = sum(1 for day in days.exceptions if day.year == number)
    return Year(number, drawn, is_announced(number, today), by_hand)


def draw_month(first: date, days: BusinessDays, today: date) -> Month:
    weeks = [
        [
            draw_day(day, days, today) if day.month == first.month else None
            for day in week
        ]
        for week in calendar.Calendar(calendar.SUNDAY).monthdatescalendar(
            first.year, first.month
        )
    ]
    open_days = sum(1 for week in weeks for cell in week if cell and cell.is_open)
    return Month(first, weeks, open_days)


def draw_day(day: date, days: BusinessDays, today: date) -> DayCell:
    return DayCell(
        day,
        days.is_open(day),
        days.is_open(day) != days.is_open_by_rule(day),
        list_holidays(day.year).get(day, ""),
        day == today,
    )
