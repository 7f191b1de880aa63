"""From the moment of an order to the day of its shipping: pure functions, without clock or database."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from messaging.calendar.public_holidays import list_holidays

# So many closed days in a row are a mistake in the calendar, not a holiday.
MOST_CLOSED_DAYS = 60
DAY = timedelta(days=1)


class NoOpenDay(ValueError):
    """The calendar has no open day within MOST_CLOSED_DAYS days of ``day``."""

    def __init__(self, day: date) -> None:
        super().__init__(f"no open day within {MOST_CLOSED_DAYS} days of {day}")
        self.day = day


class Rule(enum.Enum):
    """What moved a day on its way from the order to the shipping."""

    AFTER_CUTOFF = "after_cutoff"
    FROM_NEXT_OPEN_DAY = "from_next_open_day"
    FROM_CLOSED_DAY = "from_closed_day"
    BUSINESS_DAYS = "business_days"
    SHIPPED_MAIL = "shipped_mail"


@dataclass(frozen=True)
class BusinessDays:
    """A shop's calendar as plain values. ``exceptions``: day → whether it is open, against the rules."""

    closed_weekdays: frozenset[int] = frozenset({5, 6})
    closed_on_holidays: bool = True
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    cutoff: time | None = None
    count_from_closed_day: bool = False
    shipping_days: int = 1

    def is_open_by_rule(self, day: date) -> bool:
        return day.weekday() not in self.closed_weekdays and not (
            self.closed_on_holidays and day in list_holidays(day.year)
        )

    def is_open(self, day: date) -> bool:
        return self.exceptions.get(day, self.is_open_by_rule(day))

    def find_open_day(self, first: date) -> date:
        """Return the first open day from ``first`` on. Raise NoOpenDay after 60 closed ones."""
        for days in range(MOST_CLOSED_DAYS):
            if self.is_open(day := first + days * DAY):
                return day
        raise NoOpenDay(first)

    def add_open_days(self, start: date, number: int) -> date:
        """Return the ``number``-th open day after ``start``; 0 gives ``start`` or the open day that follows it."""
        if not number:
            return self.find_open_day(start)
        for _turn in range(number):
            start = self.find_open_day(start + DAY)
        return start

    def find_receipt_day(self, received: datetime) -> date:
        """Return the day for which an order counts. ``received`` is in the shop's zone.

        The minute of the cut-off itself is still today's (12時まで).
        """
        late = (
            self.cutoff
            and received.time().replace(second=0, microsecond=0) > self.cutoff
        )
        return received.date() + (DAY if late else timedelta())


@dataclass(frozen=True)
class ShippingPlan:
    """How a shipping day came about: each day on the way, and the rules that moved them."""

    received: datetime
    receipt_day: date
    start_day: date
    shipping_day: date
    rules: tuple[Rule, ...]


def plan_shipping(received: datetime, days: BusinessDays) -> ShippingPlan:
    """Return the shipping plan of an order that came at ``received``, in the shop's zone. Raise NoOpenDay."""
    receipt_day = start_day = days.find_receipt_day(received)
    rules = [Rule.AFTER_CUTOFF] if receipt_day != received.date() else []
    if not days.is_open(receipt_day):
        if days.count_from_closed_day:
            rules.append(Rule.FROM_CLOSED_DAY)
        else:
            rules.append(Rule.FROM_NEXT_OPEN_DAY)
            start_day = days.find_open_day(receipt_day)
    rules.append(Rule.BUSINESS_DAYS)
    shipping_day = days.add_open_days(start_day, days.shipping_days)
    return ShippingPlan(received, receipt_day, start_day, shipping_day, tuple(rules))


def plan_shipped(shipped: datetime) -> ShippingPlan:
    """Return the plan of an order whose shipped mail came at ``shipped``, in the shop's zone: that very day."""
    day = shipped.date()
    return ShippingPlan(shipped, day, day, day, (Rule.SHIPPED_MAIL,))
