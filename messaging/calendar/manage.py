"""Read and change the shop's calendar. What is booked already stays where it is."""

from dataclasses import replace
from datetime import date, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.calendar.business_days import MOST_CLOSED_DAYS, BusinessDays, NoOpenDay
from messaging.models import BusinessCalendar, CalendarDay
from operators import audit

# So far ahead the calendar is looked over before a change is stored.
LOOKED_OVER = timedelta(days=400)


def load_business_days() -> BusinessDays:
    """Return the shop's calendar as plain values; a shop that never saved one has the default."""
    calendar = BusinessCalendar.objects.first() or BusinessCalendar()
    exceptions = dict(CalendarDay.objects.values_list("day", "is_open"))
    return build_business_days(calendar, exceptions)


def build_business_days(
    calendar: BusinessCalendar, exceptions: dict[date, bool]
) -> BusinessDays:
    return BusinessDays(
        frozenset(int(digit) for digit in calendar.closed_weekdays),
        calendar.closed_on_holidays,
        exceptions,
        calendar.cutoff,
        calendar.count_from_closed_day,
        calendar.shipping_days,
    )


@transaction.atomic
def save_calendar(
    weekdays: set[int],
    on_holidays: bool,
    cutoff: time | None,
    from_closed_day: bool,
    shipping_days: int,
) -> BusinessDays:
    """Store the rules. Raise ValidationError when they leave no open day for 60 days."""
    calendar = lock_calendar()
    calendar.closed_weekdays = "".join(str(number) for number in sorted(weekdays))
    calendar.closed_on_holidays = on_holidays
    calendar.cutoff = cutoff
    calendar.count_from_closed_day = from_closed_day
    calendar.shipping_days = shipping_days
    calendar.save()
    days = load_business_days()
    refuse_closed_stretch(days)
    audit.record_action(
        "calendar.changed",
        calendar,
        closed_weekdays=calendar.closed_weekdays,
        closed_on_holidays=on_holidays,
        cutoff=cutoff.isoformat("minutes") if cutoff else "",
        count_from_closed_day=from_closed_day,
        shipping_days=shipping_days,
    )
    return days


@transaction.atomic
def set_day(day: date, is_open: bool) -> BusinessDays:
    """Open or close one day; one that the rules say anyway needs no row. Raise ValidationError as ``save_calendar``."""
    lock_calendar()
    days = load_business_days()
    if days.is_open(day) == is_open:
        return days
    if days.is_open_by_rule(day) == is_open:
        CalendarDay.objects.filter(day=day).delete()
    else:
        CalendarDay.objects.update_or_create(day=day, defaults={"is_open": is_open})
    days = replace(days, exceptions={**days.exceptions, day: is_open})
    refuse_closed_stretch(days)
    audit.record_action("calendar.day_set", None, day=day.isoformat(), is_open=is_open)
    return days


@transaction.atomic
def clear_days(year: int) -> int:
    """Let the rules alone say how each day of the year is. Return how many days had been set by hand."""
    lock_calendar()
    rows = CalendarDay.objects.filter(day__year=year)
    count = rows.count()
    if count:
        rows.delete()
        refuse_closed_stretch(load_business_days())
        audit.record_action("calendar.days_cleared", None, year=year, count=count)
    return count


def lock_calendar() -> BusinessCalendar:
    """Return the shop's calendar, locked, so that two changes are one after the other."""
    BusinessCalendar.objects.get_or_create()
    return BusinessCalendar.objects.select_for_update().get()


def refuse_closed_stretch(days: BusinessDays) -> None:
    """Raise ValidationError when an order of the coming year would find no open day."""
    day, end = timezone.localdate(), timezone.localdate() + LOOKED_OVER
    try:
        while day < end:
            day = days.find_open_day(day) + timedelta(days=1)
    except NoOpenDay as error:
        raise ValidationError(
            _(
                "%(day)sから%(number)s日間、営業日がありません。出荷日を計算できないため、保存していません。"
                "営業する曜日か日を残してください。"
            )
            % {"day": error.day.strftime("%Y/%m/%d"), "number": MOST_CLOSED_DAYS},
            code="no_open_day",
        ) from error
