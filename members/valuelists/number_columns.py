"""A column of numbers that was copied out of a spreadsheet: its commas stand between thousands."""

import re
import unicodedata
from collections.abc import Iterable

from members.normalize.numbers import UNITS, clean_number

QUOTES = "\"'"
SPECIAL = re.compile(rf"[,，△▲(（]|\d[ 　][{UNITS}]")
DIVIDING = re.compile(r"[,;、\t]")
DASH = re.compile(r"[-−ー―‐–—]+")
THREE_IDS = re.compile(r"\d{3},\d{3}(?:,\d{3})+")
DIGIT = re.compile(r"\d")


def read_number_column(text: str) -> list[str] | None:
    """Return the numbers of a text that has one on each line; None where the text is something else.

    A heading, blank lines and lines of 「-」 are left out; words stay, and are no numbers. So 「11,370⏎83,380」 are two
    numbers. Lines of 「101,102,103」 alone are ids.
    """
    if not SPECIAL.search(text) or "\n" not in text.strip().replace("\r", "\n"):
        return None
    given = text if text.isascii() else unicodedata.normalize("NFKC", text)
    lines = [line.strip().strip(QUOTES).strip() for line in given.splitlines()]
    lines = [line for line in lines if line]
    has_heading = not DIGIT.search(lines[0]) and not DIVIDING.search(lines[0])
    has_heading = has_heading and not DASH.fullmatch(lines[0])
    rest = [line for line in lines[has_heading:] if not DASH.fullmatch(line)]
    numbers = [clean_number(line) for line in rest]
    if sum(map(bool, numbers)) + has_heading < 2:
        return None
    if not has_heading and all(map(THREE_IDS.fullmatch, rest)):
        return None
    words = [line for line, number in zip(rest, numbers, strict=True) if not number]
    if any(map(DIVIDING.search, words)):
        return None
    return [
        number or line.replace(" ", "_")
        for line, number in zip(rest, numbers, strict=True)
    ]


def clean_number_cells(cells: Iterable[str]) -> list[str]:
    """Return the cells of a table's column: numbers without commas; whatever else stays one value."""
    return [
        clean_number(cell) or re.sub(r"[,，;、\s]", "_", cell.strip())
        for cell in cells
        if not DASH.fullmatch(cell.strip())
    ]
