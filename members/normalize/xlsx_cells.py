"""Cells of a workbook as a person reads them in Excel: days, numbers with their zeros, texts without escapes.

Source: ECMA-376 part 1, 18.8.30 (number formats 27–36 and 50–58 are days in Japanese Excel and carry no code in the
file), 22.9.2.19 (ST_Xstring: ``_x000D_`` in a text is a character).
"""

import datetime as dt
import re
from typing import Any

from openpyxl.worksheet import _read_only
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

JAPANESE_DAYS = {*range(27, 37), *range(50, 59)}
FIRST_OWN_FORMAT = 164
ESCAPED_CHARACTER = re.compile("_x([0-9A-Fa-f]{4})_")
# The parts of a format such as 00000 or 000\-0000 or "No."0000: a digit, or what stands between the digits.
FORMAT_PART = re.compile(r'(0)|\\(.)|"([^"]*)"|([-\s()])')


class CellParser(WorkSheetParser):
    """The parser of openpyxl, which also counts formulas without a stored value and keeps the zeros of numbers."""

    zeros: dict[int, str] = {}
    unsaved = 0

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if element.find(FORMULA_TAG) is not None and element.find(VALUE_TAG) is None:
            type(self).unsaved += 1
        if cell["data_type"] == "e":
            cell["value"] = None  # an error is no value
        elif type(cell["value"]) is int and cell["style_id"] in self.zeros:
            cell["value"] = pad_number(cell["value"], self.zeros[cell["style_id"]])
        return cell


def prepare_cell_parser(book: Any) -> type[CellParser]:
    """Tell openpyxl which styles of this book are days and which show zeros; return its parser of cells."""
    CellParser.zeros, CellParser.unsaved = {}, 0
    own = book._number_formats
    for style, cell in enumerate(book._cell_styles):
        number = cell.numFmtId
        if number in JAPANESE_DAYS:
            book._date_formats.add(style)
        elif 0 <= number - FIRST_OWN_FORMAT < len(own):
            code = own[number - FIRST_OWN_FORMAT].partition(";")[0]
            if code.count("0") > 1 and FORMAT_PART.sub("", code) == "":
                CellParser.zeros[style] = code
    _read_only.WorkSheetParser = CellParser
    return CellParser


def pad_number(number: int, code: str) -> str:
    """Return 123 under 00000 as "00123", and 1500001 under 000\\-0000 as "150-0001"."""
    if number < 0:
        return str(number)
    parts = FORMAT_PART.findall(code)
    places = code.count("0")
    digits = str(number).zfill(places)
    rest = [digits[: len(digits) - places + 1], *digits[len(digits) - places + 1 :]]
    return "".join(rest.pop(0) if zero else "".join(signs) for zero, *signs in parts)


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
