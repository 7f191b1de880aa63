"""Cells cleaned a whole column at a time.

Ordinary values are found by one expression over the whole column; the rest is cleaned by the widget, each value once.
Cleaning a million cells one by one took three times as long.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError

from members.attributes.import_cells import (
    Cells,
    CellWidget,
    EmailWidget,
    LineWidget,
    NameWidget,
    PhoneWidget,
)
from members.attributes.kinds import LONGEST_TEXT, get_kind
from members.imports.read.columns import AttributeWidget
from members.imports.read.csv_reader import strip_apostrophe
from members.normalize.files.excel_errors import is_error_word
from members.normalize.limits import LONGEST_CELL
from members.normalize.lines import compile_lines
from members.normalize.names import normalize_name
from members.valuelists.parse import COMMON_EMAILS, JAPANESE_PHONE

LONG, UNKNOWN = "long", "cell"
KATAKANA, KANJI = (0x30A1, 0x30FB), (0x4E00, 0xA000)
LINE_IDS = compile_lines("U[0-9a-f]{32}")
# Texts whose letters have one width already, with neither an apostrophe nor a blank nor Excel's # in front.
LETTERS = "ぁ-ゖァ-ヺー々一-鿿"
TEXTS = compile_lines(
    rf"(?!.{{{LONGEST_TEXT + 1}}})[!\"$-&(-~{LETTERS}][ -~{LETTERS}]*"
)
# (the cells, as they are for ordinary values, of each column; the values that are not ordinary).
ScanResult = tuple[list[Sequence[Any]], set[str]]


def _find_odd_lines(lines: "re.Pattern[str]", text: str) -> set[str]:
    """Return the lines that are not of the form."""
    return set(lines.sub("", f"{text}\n").split("\n")[:-1])


def _scan_names(values: Sequence[str], text: str) -> ScanResult:
    return [values, text.replace(" ", "").split("\n")], _find_odd_lines(
        _build_name_pattern(), text
    )


@cache
def list_stable_letters() -> str:
    """Return the katakana and kanji that stay as they are in the key of a name.

    A name with any other letter is cleaned by the widget.
    """
    known = (
        char for start, end in (KATAKANA, KANJI) for char in map(chr, range(start, end))
    )
    return "".join(char for char in known if normalize_name(char) == char)


@cache
def _build_name_pattern() -> "re.Pattern[str]":
    steady = list_stable_letters()
    return compile_lines(rf"(?!.{{101}})[{steady}]+(?: [{steady}]+)?")


def _scan_emails(values: Sequence[str], text: str) -> ScanResult:
    """Return the column as it is, and the emails that are not ordinary.

    An apostrophe in front may be our own, before what looks like a formula, so such a value is not ordinary.
    """
    return [values, values], _find_odd_lines(COMMON_EMAILS, text) | {
        value for value in values if value[:1] == "'"
    }


def _scan_phones(values: Sequence[str], text: str) -> ScanResult:
    lines = JAPANESE_PHONE.sub("=+81", text.replace("-", "")).split("\n")
    unusual = {
        value
        for value, line in zip(values, lines, strict=True)
        if line[:1] != "=" or len(value) > 40
    }
    return [values, [line[1:] for line in lines]], unusual | {
        value for value in values if value[:1] == "="
    }


def _scan_line_ids(values: Sequence[str], text: str) -> ScanResult:
    return [values], _find_odd_lines(LINE_IDS, text)


def _scan_texts(values: Sequence[str], text: str) -> ScanResult:
    return [[value.rstrip() for value in values]], _find_odd_lines(TEXTS, text)


SCANNERS: dict[type[CellWidget], Callable[[Sequence[str], str], ScanResult]] = {
    NameWidget: _scan_names,
    EmailWidget: _scan_emails,
    PhoneWidget: _scan_phones,
    LineWidget: _scan_line_ids,
}


def _scan_column(widget: CellWidget, values: Sequence[str]) -> ScanResult:
    """Return the column as it is for ordinary values, and the values that are not.

    No value is ordinary where a cell has a line break, or no form is known for the widget.
    """
    text, way = "\n".join(values), SCANNERS.get(type(widget))
    if isinstance(widget, AttributeWidget) and get_kind(widget.attribute).is_plain:
        way = _scan_texts
    if way is None or not values or text.count("\n") >= len(values):
        return [values] * len(widget.columns), set(values)
    return way(values, text)


def clean_import_column(
    widget: CellWidget, values: Sequence[str]
) -> tuple[list[Sequence[Any]], dict[int, str]]:
    """Return the cells of each of ``widget.columns``, and the codes of the errors by place."""
    columns, unusual = _scan_column(widget, values)
    known, wrong = {}, {}
    for value in unusual:
        try:
            known[value] = clean_import_cell(widget, value)
        except ValidationError as error:
            known[value], wrong[value] = widget.blank, get_error_code(error)
    errors = (
        {place: wrong[value] for place, value in enumerate(values) if value in wrong}
        if wrong
        else {}
    )
    return [
        _replace_values(column, values, known, at) for at, column in enumerate(columns)
    ], errors


def _replace_values(
    column: Sequence[Any], values: Sequence[str], known: dict[str, Cells], at: int
) -> Sequence[Any]:
    """Return the column in which each value of ``known`` is replaced by its cell number ``at``."""
    if not known:
        return column
    cells = {value: given[at] for value, given in known.items()}
    return list(map(cells.get, values, column))


def clean_import_cell(widget: CellWidget, value: str) -> Cells:
    if len(value) > LONGEST_CELL:
        raise ValidationError("", code=LONG)
    if not value.strip() or is_error_word(value):
        return widget.blank
    return widget.clean(strip_apostrophe(value))


def get_error_code(error: ValidationError) -> str:
    return str(getattr(error, "code", "") or UNKNOWN)
