"""A whole column at a time: the ordinary forms by one expression, the rest by the widget, equal values once."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from members.attributing import LONGEST_TEXT
from members.importing.columns import (
    LINE_ID,
    AttributeWidget,
    Cells,
    CellWidget,
    EmailWidget,
    LineWidget,
    NameWidget,
    PhoneWidget,
)
from members.importing.reading import LONGEST_CELL, unquoted
from members.models import Attribute
from members.normalising import MOBILE, ORDINARY, name_key

LONG, UNKNOWN = "long", "cell"
# Katakana, kanji and letters that name_key leaves as they are; whatever else is in a name takes the thorough way.
STEADY = "".join(
    char for start, end in ((0x30A1, 0x30FB), (0x4E00, 0xA000)) for char in map(chr, range(start, end))
    if name_key(char) == char
)  # fmt: skip
NAME = re.compile(f"[{STEADY}]+(?: [{STEADY}]+)?")


# Of one width already, and neither an apostrophe nor a blank in front.
LETTERS = "ぁ-ゖァ-ヺー々一-鿿"
TEXT = re.compile(f"[!-&(-~{LETTERS}][ -~{LETTERS}]*")


def usual_name(value: str) -> Cells | None:
    if len(value) > 100 or not NAME.fullmatch(value):
        return None
    return value, value.replace(" ", "")


def usual_email(value: str) -> Cells | None:
    usual = len(value) < 64 and value[0] != "'" and "--" not in value and ORDINARY.fullmatch(value)
    return (value, value) if usual else None


def usual_phone(value: str) -> Cells | None:
    mobile = MOBILE.fullmatch(value.replace("-", "")) if len(value) <= 40 and value.isascii() else None
    return (value, f"+81{mobile[1]}") if mobile else None


def usual_line(value: str) -> Cells | None:
    return (value,) if LINE_ID.fullmatch(value) else None


USUAL: dict[type[CellWidget], Callable[[str], Cells | None]] = {
    NameWidget: usual_name,
    EmailWidget: usual_email,
    PhoneWidget: usual_phone,
    LineWidget: usual_line,
}


def usual_text(value: str) -> Cells | None:
    return (value.rstrip(),) if len(value) <= LONGEST_TEXT and TEXT.fullmatch(value) else None


def usual_for(widget: CellWidget) -> Callable[[str], Cells | None] | None:
    if isinstance(widget, AttributeWidget) and widget.attribute.kind == Attribute.Kind.TEXT:
        return usual_text
    return USUAL.get(type(widget))


def clean_column(widget: CellWidget, values: Sequence[str]) -> tuple[list[Sequence[Any]], dict[int, str]]:
    """The cells of each of ``widget.columns``, and the code of the error by place."""
    usual = usual_for(widget)
    blank, known = widget.blank, {"": widget.blank}
    cells: list[Cells] = []
    errors: dict[int, str] = {}
    for place, value in enumerate(values):
        found = (usual(value) if usual and value else None) or known.get(value)
        if found is None:
            try:
                found = known[value] = clean_cell(widget, value)
            except ValidationError as error:
                errors[place], found = code_of(error), blank
        cells.append(found)
    return list(zip(*cells, strict=True)) or [() for _column in widget.columns], errors


def clean_cell(widget: CellWidget, value: str) -> Cells:
    if len(value) > LONGEST_CELL:
        raise ValidationError("", code=LONG)
    return widget.clean(unquoted(value)) if value.strip() else widget.blank


def code_of(error: ValidationError) -> str:
    return str(getattr(error, "code", "") or UNKNOWN)
