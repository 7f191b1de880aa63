"""Triggers that count from a date of the member. They are fired each night in the shop's zone."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.models import Attribute, AttributeValue, Member
from messaging.models import Trigger
from messaging.scenarios.enroll import Start, enrol_by_triggers
from messaging.schedule.due import get_shop_zone
from messaging.triggers.base import TriggerKind
from messaging.triggers.rows import build_who, read_clock
from tenants.models import Tenant
from tenants.wakeups import wake

WAKEUP = "messaging.dates"
# So many days are made up for when nothing ran at night.
MADE_UP_FOR = 3
DATES = gettext_lazy("日付")
AFTER_MIDNIGHT = time(0, 1)


class DateKind(TriggerKind):
    """A date of the member, with days before or after it."""

    family = DATES
    is_date = True
    roles = ("start",)

    def describe(self, trigger: Trigger) -> str:
        return _("%(name)s%(days)s") % {
            "name": self.name_subject(trigger) or self.label,
            "days": describe_days(get_days(trigger)),
        }

    def select_members(self, trigger: Trigger, day: date) -> QuerySet[Any]:
        """Return the ids of the members with this date."""
        raise NotImplementedError

    def name_event(self, trigger: Trigger, day: date) -> str:
        """Return the key of the event, which lets it count once."""
        return f"date:{trigger.pk}:{day:%Y%m%d}"


class Birthday(DateKind):
    label = gettext_lazy("誕生日")
    help = gettext_lazy(
        "会員ごとに、年に1回始まります。2月29日生まれの方は、平年は2月28日です。"
    )

    def select_members(self, trigger: Trigger, day: date) -> QuerySet[Any]:
        days = [day.month * 100 + day.day]
        if days == [228] and (day + timedelta(days=1)).month == 3:
            days.append(229)
        return Member.objects.filter(birth_md__in=days, deleted_at=None).values("pk")

    def name_event(self, trigger: Trigger, day: date) -> str:
        return f"date:{trigger.pk}:{day.year}"


class AttributeDate(DateKind):
    label = gettext_lazy("会員情報項目の日付")
    help = gettext_lazy("同じ日付では、会員ごとに1回だけ始まります。")
    subject = "attribute"
    needs_subject = True

    def list_subjects(self) -> Iterable[tuple[str, str]]:
        rows = Attribute.objects.in_use().with_values().filter(kind=Attribute.Kind.DATE)
        return [(row.public_id, row.label) for row in rows.in_order()]

    def name_subject(self, trigger: Trigger) -> str:
        return trigger.attribute.label if trigger.attribute else ""

    def select_members(self, trigger: Trigger, day: date) -> QuerySet[Any]:
        rows = AttributeValue.objects.filter(attribute=trigger.attribute_id, date=day)
        return rows.values("member_id")


def describe_days(days: int) -> str:
    """Describe the distance from a date: の当日, の7日前, の3日後."""
    if not days:
        return _("の当日")
    form = (
        ngettext("の%(n)d日前", "の%(n)d日前", -days)
        if days < 0
        else ngettext("の%(n)d日後", "の%(n)d日後", days)
    )
    return form % {"n": abs(days)}


def get_days(trigger: Trigger) -> int:
    return int(trigger.params.get("days", 0))


def find_next_night(now: datetime) -> datetime:
    """Return the next time shortly after midnight in the shop."""
    zone = get_shop_zone()
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, AFTER_MIDNIGHT, zone)


def select_date_triggers() -> QuerySet[Trigger]:
    from messaging.triggers.kinds import list_date_kinds  # which loads this module

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
    from messaging.triggers.kinds import get_trigger_kind  # which loads this module

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
