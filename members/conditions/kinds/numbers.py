"""Kinds of numbers in conditions: one, a range with both ends, or a whole list."""

import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import FloatField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.conditions.kinds.base import (
    NOTHING,
    BadCondition,
    Kind,
    LazyText,
    RowInputs,
    Values,
)
from members.conditions.registry import Way
from members.models import ValueList
from members.normalize.text import normalize_text
from members.valuelists.lists import select_list_values

MOST = 10**15
# A currency before it, a unit after it.
WRITTEN_NUMBER = re.compile(r"[^\d\s+-]?\s*([+-]?[\d,]*\.?\d+)\s*[^\d\s]?")


def _parse_number(text: str) -> int | float | None:
    """Return 12800 for 「１２，８００円」, or None when the text is no number."""
    match = WRITTEN_NUMBER.fullmatch(normalize_text(text))
    if not match:
        return None
    number = float(match[1].replace(",", ""))
    if not math.isfinite(number) or abs(number) > MOST:
        return None
    return int(number) if number.is_integer() else number


def _is_number(value: Any) -> bool:
    # False for NaN too; math.isfinite fails on a whole number of more than 308 digits.
    return type(value) in (int, float) and abs(value) <= MOST


def _format_number(value: float) -> str:
    return f"{value:,}"


class Number(Kind):
    template = "number"

    def __init__(self, unit: LazyText = "") -> None:
        self.unit = unit

    def check(self, value: Any) -> None:
        if not _is_number(value):
            raise BadCondition("A number is expected.")

    def words(self, value: float) -> str:
        return f"{_format_number(value)}{self.unit}"

    def inputs(self, value: float) -> RowInputs:
        return RowInputs(number=str(value))

    def read(self, parts: RowInputs) -> Any:
        return _parse_typed_number(parts["number"])


class NumberRange(Number):
    """From and to, both included."""

    template = "number_range"

    def check(self, value: Any) -> None:
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(map(_is_number, value))
        ):
            raise BadCondition("Two numbers are expected.")

    def words(self, value: Any) -> str:
        return f"{_format_number(value[0])}〜{_format_number(value[1])}{self.unit}"

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs({"from": str(value[0]), "until": str(value[1])})

    def read(self, parts: RowInputs) -> Any:
        start, end = (
            _parse_typed_number(parts["from"]),
            _parse_typed_number(parts["until"]),
        )
        if start > end:
            raise ValidationError(
                _(
                    "範囲の始めが終わりより大きくなっています。小さい方を先に入力してください。"
                )
            )
        return [start, end]


def _parse_typed_number(text: str) -> int | float:
    number = _parse_number(text)
    if number is None:
        raise ValidationError(
            _("数値が入力されていません。「12800」のように数字で入力してください。")
        )
    return number


def build_number_ways(unit: LazyText, nullable: bool = True) -> tuple[Way, ...]:
    one, span, several = Number(unit), NumberRange(unit), Values(ValueList.Field.NUMBER)
    ways = (
        Way("at_least", gettext_lazy("以上"), one, gettext_lazy("%(value)s以上")),
        Way("at_most", gettext_lazy("以下"), one, gettext_lazy("%(value)s以下")),
        Way("equals", gettext_lazy("等しい"), one, gettext_lazy("%(value)s")),
        Way("between", gettext_lazy("範囲を指定"), span, gettext_lazy("%(value)s")),
        Way(
            "in_list",
            gettext_lazy("いずれかに等しい"),
            several,
            gettext_lazy("%(value)sに一致"),
        ),
    )
    empty = (
        Way("empty", gettext_lazy("未設定"), NOTHING, gettext_lazy("未設定")),
        Way("filled", gettext_lazy("設定あり"), NOTHING, gettext_lazy("設定あり")),
    )
    return ways + (empty if nullable else ())


def build_number_q(column: str, op: str, value: Any) -> Q:
    """Return the Q on a column of numbers; the caller handles ``empty`` and ``filled``."""
    if op == "in_list":
        # The list holds numbers as Python writes them (members/valuelists/parse.py); a million stay in the database.
        numbers = select_list_values(value).annotate(number=Cast("value", FloatField()))
        return Q((f"{column}__in", numbers.values("number")))
    if op == "between":
        return Q((f"{column}__gte", value[0]), (f"{column}__lte", value[1]))
    return Q(
        (
            f"{column}__{ {'at_least': 'gte', 'at_most': 'lte', 'equals': 'exact'}[op] }",
            value,
        )
    )
