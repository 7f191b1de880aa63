"""Filters and sorting of the cart's lists: `q[updated_at_gteq]=…`, `q[id_in][]=…`, `sort=-updated_at`."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.cart.shop import Row

PARAMETER = re.compile(r"q\[(\w+)\](?:\[\])?")
DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](.*))?")
Test = Callable[[Any, list[str]], bool]


def _parse_number(value: Any) -> Any:
    return (
        int(value)
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value)
        else value
    )


def _compare(left: Any, right: str) -> int | None:
    """Return -1, 0, 1, or None when one of them is missing. Numbers compare as numbers, all else as text."""
    if left is None or right == "":
        return None
    if isinstance(left, bool):
        left, right = str(int(left)), {"true": "1", "false": "0"}.get(right, right)
    number = _parse_number(right) if isinstance(left, int) else None
    if isinstance(number, int):
        return int(left > number) - int(left < number)
    return int(str(left) > right) - int(str(left) < right)


def _is_true(values: list[str]) -> bool:
    return values[-1] not in ("0", "false", "")


TESTS: dict[str, Test] = {
    "not_eq": lambda value, given: _compare(value, given[-1]) != 0,
    "not_null": lambda value, given: (value is not None) == _is_true(given),
    "gteq": lambda value, given: _compare(value, given[-1]) in (0, 1),
    "lteq": lambda value, given: _compare(value, given[-1]) in (0, -1),
    "cont": lambda value, given: given[-1].lower() in str(value or "").lower(),
    "null": lambda value, given: (value is None) == _is_true(given),
    "start": lambda value, given: (
        str(value or "").lower().startswith(given[-1].lower())
    ),
    "eq": lambda value, given: _compare(value, given[-1]) == 0,
    "gt": lambda value, given: _compare(value, given[-1]) == 1,
    "lt": lambda value, given: _compare(value, given[-1]) == -1,
    "in": lambda value, given: any(_compare(value, one) == 0 for one in given),
}
ORDER = sorted(TESTS, key=len, reverse=True)


def extract_digits(phone: Any) -> str:
    """Return the number as the cart's phone search sees it: digits only, full width folded."""
    return "".join(
        str(int(letter)) for letter in str(phone or "") if letter.isdecimal()
    )


def read_attribute(row: Row, name: str) -> Any:
    """Return the attribute that a filter names; KeyError when the resource has none of that name."""
    if name in ("billing_address_s_full_tel", "billing_address_full_tel"):
        return extract_digits(row["full_tel"])
    return row[name.removeprefix("billing_address_") if name not in row else name]


def split_condition(condition: str) -> tuple[str, str] | None:
    """Split "updated_at_gteq" into ("updated_at", "gteq"); None without a known predicate."""
    for predicate in ORDER:
        if condition.endswith("_" + predicate):
            return condition.removesuffix("_" + predicate), predicate
    return None


def parse_conditions(query: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Collect all `q[…]` parameters as {condition: values}. `_in` also takes a list with commas."""
    found: dict[str, list[str]] = {}
    for key, value in query:
        if match := PARAMETER.fullmatch(key):
            values = value.split(",") if match[1].endswith("_in") else [value]
            found.setdefault(match[1], []).extend(values)
    return found


def select_rows(
    rows: list[Row], wanted: dict[str, list[str]]
) -> tuple[list[Row], list[str]]:
    """Return the rows that meet every condition, and the unknown conditions: ignored, as the real cart does."""
    ignored = []
    with_deleted = wanted.get("with_deleted", [""])[-1] == "1"
    rows = [row for row in rows if with_deleted or not row.get("deleted_at")]
    wanted = {name: given for name, given in wanted.items() if name != "with_deleted"}
    for condition, values in wanted.items():
        parts = split_condition(condition)
        try:
            if parts is None:
                raise KeyError(condition)
            name, predicate = parts
            test = TESTS[predicate]
            given = [prepare_value(name, value) for value in values]
            rows = [row for row in rows if test(read_attribute(row, name), given)]
        except KeyError:
            ignored.append(condition)
    return rows, ignored


def prepare_value(name: str, value: str) -> str:
    """Convert dates into the cart's own form, so that text compares as time, and phones into digits."""
    if name.endswith("_tel"):
        return extract_digits(value)
    match = DATE.fullmatch(value.strip()) if name.endswith(("_at", "birth")) else None
    if not match:
        return value
    year, month, day, clock = match.groups()
    at = f"{year}/{int(month):02d}/{int(day):02d}"
    return f"{at} {clock}" if clock else at if name == "birth" else f"{at} 00:00:00"


def sort_rows(rows: list[Row], sort: str) -> list[Row]:
    """Sort by a list such as `-updated_at,id`; without one the newest id comes first. Unknown names change nothing."""
    rows = sorted(rows, key=lambda row: row["id"], reverse=not sort)
    for name in reversed([part for part in sort.split(",") if part]):
        key = name.lstrip("-")
        if rows and key in rows[0]:
            rows.sort(
                key=lambda row: (row[key] is not None, row[key]),
                reverse=name.startswith("-"),
            )
    return rows
