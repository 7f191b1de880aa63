"""Cells of a workbook as a person reads them in Excel: days, numbers with their zeros, texts without escapes.

Source: ECMA-376 part 1, 18.8.30 (number formats 27–36 and 50–58 are days in Japanese Excel and carry no code in the
file), 22.9.2.19 (ST_Xstring: ``_x000D_`` in a text is a character).
"""

import datetime as dt
import re
from typing import Any

from openpyxl.worksheet import _read_only
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from members.normalize.files.excel_errors import UNSAVED
from members.normalize.files.number_formats import Section, parse_code_format, show_code

JAPANESE_DAYS = {*range(27, 37), *range(50, 59)}
FIRST_OWN_FORMAT = 164
ESCAPED_CHARACTER = re.compile("_x([0-9A-Fa-f]{4})_")


class CellParser(WorkSheetParser):
    """The parser of openpyxl, which also counts formulas without a stored value and keeps the zeros of numbers."""

    zeros: dict[int, list[Section]] = {}
    unsaved = 0

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if is_unsaved_formula(element):
            type(self).unsaved += 1
            cell["value"], cell["data_type"] = UNSAVED, "s"
        elif cell["data_type"] == "e":
            cell["value"] = None  # an error is no value
        elif cell["style_id"] in self.zeros and cell["data_type"] == "n":
            value = cell["value"]
            if type(value) is int or (type(value) is float and value.is_integer()):
                shown = show_code(int(value), self.zeros[cell["style_id"]])
                cell["value"], cell["data_type"] = shown, "s"
        return cell


def prepare_cell_parser(book: Any) -> type[CellParser]:
    """Tell openpyxl which styles of this book are days and which show zeros; return its parser of cells."""
    CellParser.zeros, CellParser.unsaved = {}, 0
    own = book._number_formats
    for style, cell in enumerate(book._cell_styles):
        number = cell.numFmtId
        if number in JAPANESE_DAYS:
            book._date_formats.add(style)
        elif 0 <= number - FIRST_OWN_FORMAT < len(own) and (
            sections := parse_code_format(own[number - FIRST_OWN_FORMAT])
        ):
            CellParser.zeros[style] = sections
    _read_only.WorkSheetParser = CellParser
    return CellParser


def is_unsaved_formula(element: Any) -> bool:
    """Return whether the cell has a formula and no value: Excel never calculated it. A text may be empty."""
    if element.find(FORMULA_TAG) is None or element.get("t") == "str":
        return False
    value = element.find(VALUE_TAG)
    return value is None or not (value.text or "").strip()


def decode_text(text: str) -> str:
    """Return the text with ``_x000D_`` and the like decoded, every line break as one line feed, and without NUL."""
    if "_x" in text:
        text = ESCAPED_CHARACTER.sub(lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def format_sheet_cell(value: Any) -> str:
    """Return the cell as a person reads it: whole numbers without ".0", days as 2026-11-22."""
    if value is None:
        return ""
    if isinstance(value, str):
        return decode_text(value)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return (
            str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        )
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return str(value)
