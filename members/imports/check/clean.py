"""Cells cleaned a whole column at a time.

Ordinary values are found by one expression over the whole column; the rest is cleaned by the widget, each value once.
Cleaning a million cells one by one took three times as long.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError

from members.attributes.values import LONGEST_TEXT
from members.imports.read.columns import (
    AttributeWidget,
    Cells,
    CellWidget,
    EmailWidget,
    LineWidget,
    NameWidget,
    PhoneWidget,
)
from members.imports.read.csv_reader import unquoted
from members.models import Attribute
from members.normalize.keys import name_key
from members.normalize.limits import LONGEST_CELL
from members.valuelists.parse import JAPANESE_PHONE, USUAL_EMAILS

LONG, UNKNOWN = "long", "cell"
KATAKANA, KANJI = (0x30A1, 0x30FB), (0x4E00, 0xA000)
# Consecutive lines of the ordinary form, as many as there are.
LINE_IDS = re.compile(r"^(?:U[0-9a-f]{32}\n)++", re.M)
# Texts whose letters have one width already, with neither an apostrophe nor a blank in front.
LETTERS = "ぁ-ゖァ-ヺー々一-鿿"
TEXTS = re.compile(
    rf"^(?:(?!.{{{LONGEST_TEXT + 1}}})[!-&(-~{LETTERS}][ -~{LETTERS}]*+\n)++", re.M
)
# (the cells, as they are for ordinary values, of each column; the values that are not ordinary).
Found = tuple[list[Sequence[Any]], set[str]]


def odd(lines: "re.Pattern[str]", text: str) -> set[str]:
    """Return the lines that are not of the form."""
    return set(lines.sub("", f"{text}\n").split("\n")[:-1])


def usual_names(values: Sequence[str], text: str) -> Found:
    return [values, text.replace(" ", "").split("\n")], odd(steady_names(), text)


@cache
def steady_letters() -> str:
    """Return the katakana and kanji that stay as they are in the key of a name.

    A name with any other letter is cleaned by the widget.
    """
    known = (
        char for start, end in (KATAKANA, KANJI) for char in map(chr, range(start, end))
    )
    return "".join(char for char in known if name_key(char) == char)


@cache
def steady_names() -> "re.Pattern[str]":
    steady = steady_letters()
    return re.compile(rf"^(?:(?!.{{101}})[{steady}]++(?: [{steady}]++)?\n)++", re.M)


def usual_emails(values: Sequence[str], text: str) -> Found:
    """Return the column as it is, and the emails that are not ordinary.

    An apostrophe in front may be our own, before what looks like a formula, so such a value is not ordinary.
    """
    return [values, values], odd(USUAL_EMAILS, text) | {
        value for value in values if value[:1] == "'"
    }


def usual_phones(values: Sequence[str], text: str) -> Found:
    lines = JAPANESE_PHONE.sub("=+81", text.replace("-", "")).split("\n")
    unusual = {
        value
        for value, line in zip(values, lines, strict=True)
        if line[:1] != "=" or len(value) > 40
    }
    return [values, [line[1:] for line in lines]], unusual | {
        value for value in values if value[:1] == "="
    }


def usual_line_ids(values: Sequence[str], text: str) -> Found:
    return [values], odd(LINE_IDS, text)


def usual_texts(values: Sequence[str], text: str) -> Found:
    return [[value.rstrip() for value in values]], odd(TEXTS, text)


USUAL: dict[type[CellWidget], Callable[[Sequence[str], str], Found]] = {
    NameWidget: usual_names,
    EmailWidget: usual_emails,
    PhoneWidget: usual_phones,
    LineWidget: usual_line_ids,
}


def usual(widget: CellWidget, values: Sequence[str]) -> Found:
    """Return the column as it is for ordinary values, and the values that are not.

    No value is ordinary where a cell has a line break, or no form is known for the widget.
    """
    text, way = "\n".join(values), USUAL.get(type(widget))
    if (
        isinstance(widget, AttributeWidget)
        and widget.attribute.kind == Attribute.Kind.TEXT
    ):
        way = usual_texts
    if way is None or not values or text.count("\n") >= len(values):
        return [values] * len(widget.columns), set(values)
    return way(values, text)


def clean_column(
    widget: CellWidget, values: Sequence[str]
) -> tuple[list[Sequence[Any]], dict[int, str]]:
    """Return the cells of each of ``widget.columns``, and the codes of the errors by place."""
    columns, unusual = usual(widget, values)
    known, wrong = {}, {}
    for value in unusual:
        try:
            known[value] = clean_cell(widget, value)
        except ValidationError as error:
            known[value], wrong[value] = widget.blank, code_of(error)
    errors = (
        {place: wrong[value] for place, value in enumerate(values) if value in wrong}
        if wrong
        else {}
    )
    return [
        replaced(column, values, known, at) for at, column in enumerate(columns)
    ], errors


def replaced(
    column: Sequence[Any], values: Sequence[str], known: dict[str, Cells], at: int
) -> Sequence[Any]:
    """Return the column in which each value of ``known`` is replaced by its cell number ``at``."""
    if not known:
        return column
    cells = {value: given[at] for value, given in known.items()}
    return list(map(cells.get, values, column))


def clean_cell(widget: CellWidget, value: str) -> Cells:
    if len(value) > LONGEST_CELL:
        raise ValidationError("", code=LONG)
    return widget.clean(unquoted(value)) if value.strip() else widget.blank


def code_of(error: ValidationError) -> str:
    return str(getattr(error, "code", "") or UNKNOWN)
