"""Fire the triggers that count from a date of the member, each night in the shop's zone."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from messaging.models import Trigger
from messaging.scenarios.enroll import Start, enrol_by_triggers
from messaging.schedule.due import get_shop_zone
from messaging.triggers.dates import DateKind, get_days
from messaging.triggers.kinds import get_trigger_kind, list_date_kinds
from messaging.triggers.rows import build_who, read_clock
from tenants.models import Tenant
from tenants.wakeups import wake

WAKEUP = "messaging.dates"
# So many days are made up for when nothing ran at night.
MADE_UP_FOR = 3
AFTER_MIDNIGHT = time(0, 1)


def find_next_night(now: datetime) -> datetime:
    """Return the next time shortly after midnight in the shop."""
    zone = get_shop_zone()
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, AFTER_MIDNIGHT, zone)


def select_date_triggers() -> QuerySet[Trigger]:
    kinds = list_date_kinds()
    rows = Trigger.objects.filter(kind__in=kinds, scenario__deleted_at=None)
    return rows.select_related("scenario", "attribute").order_by("scenario_id", "pk")


def wake_for_dates(tenant: Tenant) -> None:
    """Have the dates looked at from the next night on, if any trigger is about one."""
    if select_date_triggers().exists():
        wake(tenant, WAKEUP, at=find_next_night(read_clock()))


@transaction.atomic
def fire_dates(tenant: Tenant) -> datetime | None:
    """Let today's dates count, and those of a night on which nothing ran; return when to come again.

    Who gets a date later than the day on which it would have counted is not made up for.
    """
    now = read_clock()
    today = now.astimezone(get_shop_zone()).date()
    triggers = list(select_date_triggers())
    for trigger in triggers:
        if trigger.scenario.is_on:
            fire_date_trigger(tenant, trigger, today)
        trigger.fired_on = today
        trigger.save(update_fields=["fired_on"])
    return find_next_night(now) if triggers else None


def fire_date_trigger(tenant: Tenant, trigger: Trigger, today: date) -> int:
    """Start the scenario for the days since the trigger was looked at last; return how many runs began."""
    kind = get_trigger_kind(trigger.kind)
    assert isinstance(kind, DateKind)
    oldest = today - timedelta(days=MADE_UP_FOR)
    day = max((trigger.fired_on or today - timedelta(days=1)), oldest)
    count = 0
    while day < today:
        day += timedelta(days=1)
        meant = day - timedelta(days=get_days(trigger))
        rows = build_who(
            kind.select_members(trigger, meant),
            kind.name_event(trigger, meant),
            at=datetime.combine(day, time(), get_shop_zone()),
        )
        if rows:
            start = Start(trigger.scenario, trigger.pk)
            count += enrol_by_triggers(tenant, [start], rows)
    return count
