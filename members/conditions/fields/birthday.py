"""Birthdays in conditions: by month and day alone, also over New Year, and those to come."""

import calendar
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.member_field import Question
from members.conditions.fields.families import make_family, make_field
from members.conditions.kinds.base import BadCondition, Kind, RowInputs
from members.conditions.kinds.days import (
    BY_DAY,
    BY_DAYS,
    Day,
    DayRange,
    Days,
    Within,
    build_empty_ways,
    build_period_q,
    read_day_offset,
    resolve_day,
)
from members.conditions.registry import Field, Way
from members.normalize.dates import parse_month_day


class MonthDay(Kind):
    """「11-22」, in any year."""

    template = "month_day"

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            raise BadCondition("A day of the year such as 11-22 is expected.")
        _resolve_month_day(value)

    def words(self, value: Any) -> str:
        number = _resolve_month_day(value)
        return f"{number // 100}/{number % 100}"

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs(day=self.words(value))

    def read(self, parts: RowInputs) -> Any:
        return _parse_typed_month_day(parts["day"])


class MonthDayRange(Kind):
    """Both days are included; from December to January it goes over New Year."""

    template = "month_day_range"

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != 2:
            raise BadCondition("Two days of the year are expected.")
        for end in value:
            MonthDay().check(end)

    def words(self, value: Any) -> str:
        return "〜".join(MonthDay().words(end) for end in value)

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs(
            {"from": MonthDay().words(value[0]), "until": MonthDay().words(value[1])}
        )

    def read(self, parts: RowInputs) -> Any:
        return [
            _parse_typed_month_day(parts["from"]),
            _parse_typed_month_day(parts["until"]),
        ]


LEAP_DAY = 229


def _resolve_last_month_day(value: Any) -> int:
    """Return the same as ``_resolve_month_day``, but for the end of a period.

    Where it is counted from today, 28 February of a year that is no leap year includes those who were born on the 29th:
    by law they are a year older when that day ends.
    """
    number = _resolve_month_day(value)
    if (
        isinstance(value, Mapping)
        and number == LEAP_DAY - 1
        and not calendar.isleap(resolve_day(value).year)
    ):
        return LEAP_DAY
    return number


def _resolve_month_day(value: Any) -> int:
    """Return month × 100 + day of 「11-22」, or of {"days": 7} counted from today."""
    if isinstance(value, Mapping):
        day = resolve_day(value)
        return day.month * 100 + day.day
    number = (
        parse_month_day(value) if isinstance(value, str) and len(value) == 5 else None
    )
    if not number:
        raise BadCondition("A day of the year such as 11-22 is expected.")
    return number


def _parse_typed_month_day(text: str) -> str:
    number = parse_month_day(text)
    if not number:
        raise ValidationError(
            _("月日が入力されていません。「11/22」のように入力してください。")
        )
    return f"{number // 100:02}-{number % 100:02}"


def _build_month_days_q(column: str, value: Any) -> Q:
    """Return the Q for month and day in a period. A period of a year or more is every day."""
    if (
        all(isinstance(end, Mapping) for end in value)
        and read_day_offset(value[1]) - read_day_offset(value[0]) >= 365
    ):
        return Q((f"{column}__isnull", False))
    first, last = _resolve_month_day(value[0]), _resolve_last_month_day(value[1])
    if first <= last:
        return Q((f"{column}__gte", first), (f"{column}__lte", last))
    return Q((f"{column}__gte", first)) | Q((f"{column}__lte", last))


# ---------------------------------------------------------------- the field
BY_MONTH_DAY = gettext_lazy("月日だけで")


def _compile_birthday(op: str, value: Any) -> Q:
    """Return the Q of one operator.

    A day and a period compare the year too; month and day also find those whose year nobody knows.
    """
    if op in ("empty", "filled"):
        return Q(birth_md__isnull=op == "empty")
    if op == "md":
        return Q(
            birth_md__in=sorted(
                {_resolve_month_day(value), _resolve_last_month_day(value)}
            )
        )
    if op == "md_between":
        return _build_month_days_q("birth_md", value)
    return build_period_q("birthday", op, value, moments=False)


BIRTHDAY_WAYS = (
    Way("on", gettext_lazy("この日"), Day(), group=BY_DAY),
    Way("between", gettext_lazy("範囲指定（両端を含む）"), DayRange(), group=BY_DAY),
    Way("md", gettext_lazy("誕生日がこの月日"), MonthDay(), group=BY_MONTH_DAY),
    Way("md_between", gettext_lazy("誕生日がこの期間"), MonthDayRange(), group=BY_MONTH_DAY),
    Way("md", gettext_lazy("誕生日がちょうど◯日後・◯日前"), Days(), gettext_lazy("誕生日が%(value)s"), BY_DAYS),
    Way("md_between", gettext_lazy("誕生日が今日から◯日以内"), Within(ahead=True),
        gettext_lazy("誕生日が%(value)s"), BY_DAYS),
    Way("md_between", gettext_lazy("誕生日が過去◯日以内"), Within(ahead=False),
        gettext_lazy("誕生日が%(value)s"), BY_DAYS),
    *build_empty_ways(),
)  # fmt: skip


def _make_birthday_field(question: Question) -> Field:
    return make_field(question, BIRTHDAY_WAYS, _compile_birthday)


FIELDS = make_family("birthday", _make_birthday_field)
