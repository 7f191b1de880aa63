"""Kinds of days in conditions: a day, a period with both ends, and both counted from today, also when saved."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from members.conditions.kinds.base import (
    NOTHING,
    BadCondition,
    Kind,
    LazyText,
    RowInputs,
)
from members.conditions.registry import Way
from members.normalize.dates import get_today, parse_day

FURTHEST = 36_500  # days from today
EARLIEST, LATEST = dt.date(1800, 1, 1), dt.date(2300, 1, 1)


# ---------------------------------------------------------------- what a value means today
def resolve_day(value: Any) -> dt.date:
    """Return the day of 「2026-11-22」, or of {"days": -7} counted from today. Raise BadCondition."""
    if isinstance(value, Mapping):
        return get_today() + dt.timedelta(days=read_day_offset(value))
    try:
        day = dt.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadCondition("A day such as 2026-11-22 is expected.") from error
    if not EARLIEST <= day <= LATEST:
        raise BadCondition("A day between 1800 and 2300 is expected.")
    return day


def read_day_offset(value: Any) -> int:
    days = value.get("days") if isinstance(value, Mapping) and len(value) == 1 else None
    if type(days) is not int or abs(days) > FURTHEST:
        raise BadCondition('Days from today, such as {"days": -7}, are expected.')
    return days


def get_day_start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def resolve_period(op: str, value: Any) -> tuple[dt.date | None, dt.date | None]:
    """Return the first day and the day after the last; None where the period is open."""
    if op == "between":
        return resolve_day(value[0]), resolve_day(value[1]) + dt.timedelta(days=1)
    day = resolve_day(value)
    return day if op in ("on", "from") else None, day + dt.timedelta(days=1) if op in (
        "on",
        "until",
    ) else None


def build_period_q(column: str, op: str, value: Any, moments: bool = True) -> Q:
    """Return the Q on a column of moments, or of days; it handles ``empty`` and ``filled`` too."""
    if op in ("empty", "filled"):
        return Q((f"{column}__isnull", op == "empty"))
    first, after = resolve_period(op, value)
    found = Q()
    if first:
        found &= Q((f"{column}__gte", get_day_start(first) if moments else first))
    if after:
        found &= Q((f"{column}__lt", get_day_start(after) if moments else after))
    return found


# ---------------------------------------------------------------- in words
def _format_day(day: dt.date) -> str:
    japanese = (get_language() or "ja").startswith("ja")
    return f"{day:%Y/%m/%d}" if japanese else f"{day:%b} {day.day}, {day.year}"


def _format_day_offset(days: int) -> str:
    if not days:
        return _("今日")
    words = (
        ngettext("%(days)s日後", "%(days)s日後", days)
        if days > 0
        else ngettext("%(days)s日前", "%(days)s日前", -days)
    )
    return words % {"days": abs(days)}


class Day(Kind):
    template = "day"

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            raise BadCondition("A day is expected.")
        resolve_day(value)

    def words(self, value: Any) -> str:
        return _format_day(resolve_day(value))

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs(day=value)

    def read(self, parts: RowInputs) -> Any:
        return _parse_typed_day(parts["day"])


class DayRange(Kind):
    """Both days included."""

    template = "day_range"
    one = Day()

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != 2:
            raise BadCondition("Two days are expected.")
        for end in value:
            self.one.check(end)
        if resolve_day(value[0]) > resolve_day(value[1]):
            raise BadCondition("The first day comes after the last.")

    def words(self, value: Any) -> str:
        return f"{self.one.words(value[0])}〜{self.one.words(value[1])}"

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs({"from": value[0], "until": value[1]})

    def read(self, parts: RowInputs) -> Any:
        return _check_day_order(
            [_parse_typed_day(parts["from"]), _parse_typed_day(parts["until"])]
        )


class Days(Kind):
    """A number of days before or after today."""

    template = "days"

    def check(self, value: Any) -> None:
        read_day_offset(value)

    def words(self, value: Any) -> str:
        return _format_day_offset(read_day_offset(value))

    def inputs(self, value: Any) -> RowInputs:
        days = read_day_offset(value)
        return RowInputs(days=str(abs(days)), way="after" if days > 0 else "before")

    def read(self, parts: RowInputs) -> Any:
        return _parse_typed_days(parts["days"], parts["way"])


class DaysRange(DayRange):
    template = "days_range"
    one = Days()  # type: ignore[assignment]

    def inputs(self, value: Any) -> RowInputs:
        start, end = (self.one.inputs(each) for each in value)
        return RowInputs(
            {
                "from": start["days"],
                "from_way": start["way"],
                "until": end["days"],
                "until_way": end["way"],
            }
        )

    def read(self, parts: RowInputs) -> Any:
        ends = [
            _parse_typed_days(parts[end], parts[f"{end}_way"])
            for end in ("from", "until")
        ]
        return _check_day_order(ends)


class Within(Kind):
    """The last so many days, or the next (``ahead``); today is included."""

    template = "within"

    def __init__(self, ahead: bool) -> None:
        self.ahead = ahead

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != 2:
            raise BadCondition("Two numbers of days are expected.")
        first, last = map(read_day_offset, value)
        if (
            (first, last > 0) != (0, True)
            if self.ahead
            else (first < 0, last) != (True, 0)
        ):
            raise BadCondition("A period that begins or ends today is expected.")

    def words(self, value: Any) -> str:
        days = abs(read_day_offset(value[1 if self.ahead else 0]))
        words = (
            ngettext("今日から%(days)s日以内", "今日から%(days)s日以内", days)
            if self.ahead
            else ngettext("過去%(days)s日以内", "過去%(days)s日以内", days)
        )
        return words % {"days": days}

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs(days=str(abs(read_day_offset(value[1 if self.ahead else 0]))))

    def read(self, parts: RowInputs) -> Any:
        days = _parse_typed_days(parts["days"], "after" if self.ahead else "before")
        if not days["days"]:
            raise ValidationError(_("日数が0です。1以上の数字を入力してください。"))
        return [{"days": 0}, days] if self.ahead else [days, {"days": 0}]


def _parse_typed_day(text: str) -> str:
    day = parse_day(text)
    if not day or not EARLIEST <= day <= LATEST:
        raise ValidationError(
            _("日付が入力されていません。「2026/11/22」のように入力してください。")
        )
    return day.isoformat()


def _parse_typed_days(text: str, way: str) -> dict[str, int]:
    number = text.strip()
    if not number.isdecimal() or len(number) > 5 or int(number) > FURTHEST:
        raise ValidationError(
            _("日数が入力されていません。0から36500までの数字を入力してください。")
        )
    return {"days": int(number) if way == "after" else -int(number)}


def _check_day_order(ends: list[Any]) -> list[Any]:
    if resolve_day(ends[0]) > resolve_day(ends[1]):
        raise ValidationError(
            _("期間の始めが終わりより後になっています。早い方を先に入力してください。")
        )
    return ends


# ---------------------------------------------------------------- the lines of the builder
BY_DAY, BY_DAYS, OR_NOT = (
    gettext_lazy("日付で"),
    gettext_lazy("今日から数えて"),
    gettext_lazy("有無"),
)
SINCE, UNTIL = gettext_lazy("%(value)s以降"), gettext_lazy("%(value)s以前")
DATE_WAYS = (
    Way("from", gettext_lazy("この日以降"), Day(), SINCE, BY_DAY),
    Way("until", gettext_lazy("この日以前"), Day(), UNTIL, BY_DAY),
    Way("on", gettext_lazy("この日"), Day(), "%(value)s", BY_DAY),
    Way("between", gettext_lazy("期間（両端を含む）"), DayRange(), "%(value)s", BY_DAY),
    Way("from", gettext_lazy("◯日前・◯日後以降"), Days(), SINCE, BY_DAYS),
    Way("until", gettext_lazy("◯日前・◯日後以前"), Days(), UNTIL, BY_DAYS),
    Way("on", gettext_lazy("ちょうど◯日前・◯日後"), Days(), "%(value)s", BY_DAYS),
    Way(
        "between",
        gettext_lazy("過去◯日以内"),
        Within(ahead=False),
        "%(value)s",
        BY_DAYS,
    ),
    Way(
        "between",
        gettext_lazy("今日から◯日以内"),
        Within(ahead=True),
        "%(value)s",
        BY_DAYS,
    ),
    Way(
        "between", gettext_lazy("◯日前・◯日後の期間"), DaysRange(), "%(value)s", BY_DAYS
    ),
)


NOT_SET, SET = gettext_lazy("未設定"), gettext_lazy("設定あり")


def build_empty_ways(
    empty: LazyText = NOT_SET, filled: LazyText = SET
) -> tuple[Way, ...]:
    return Way("empty", empty, NOTHING, empty, OR_NOT), Way(
        "filled", filled, NOTHING, filled, OR_NOT
    )
