"""Triggers that count from a date of the member. fire_dates.py fires them each night in the shop's zone."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.models import Attribute, AttributeValue, Member
from messaging.models import Trigger
from messaging.triggers.base import TriggerKind

DATES = gettext_lazy("日付")


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
