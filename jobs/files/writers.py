"""Rows written to a CSV or XLSX file."""

import codecs
import csv
import io
import os
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import IO, Any

from rustpy_xlsxwriter import FastExcel

from jobs.files.formula_guard import SHAPES, escape_formula

Tick = Callable[[int], None]
BATCH = 4_000
# What stands for a character that Shift_JIS does not know.
REPLACEMENT = "〓"
# The same signs under other code points.
EQUIVALENTS = {
    "〜": "～",
    "−": "－",
    "‖": "∥",
    "—": "―",
    "¢": "￠",
    "£": "￡",
    "¬": "￢",
    "\xa0": " ",
    "•": "・",
}


@dataclass
class Replacements:
    """The signs that became 〓, how often, and at which places of the text that is being written."""

    signs: "Counter[str]" = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)


current_replacements: ContextVar[Replacements] = ContextVar("replaced")


def _replace_unknown_signs(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    written, found = "", current_replacements.get()
    for place, sign in enumerate(error.object[error.start : error.end], error.start):
        if sign in EQUIVALENTS or sign in SHAPES:
            written += EQUIVALENTS.get(sign, "")
        else:
            found.signs[sign] += 1
            found.places.append(place)
            written += REPLACEMENT
    return written, error.end


codecs.register_error("members.geta", _replace_unknown_signs)


# ---------------------------------------------------------------- CSV
def _build_header_line(headings: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([escape_formula(heading) for heading in headings])
    return line.getvalue().encode()


def write_csv(
    lines: Iterable[Any], headings: list[str], out: IO[bytes], encoding: str, tick: Tick
) -> dict[str, Any]:
    """Write the lines as CSV, and return what ``cp932`` could not represent.

    ``lines``: UTF-8 as PostgreSQL writes them, ending in \\n. Returns {"replaced_rows": number, "replaced": ["U+…",
    …]}, {} for UTF-8.
    """
    if encoding == "cp932":
        return _write_cp932(lines, headings, out, tick)
    out.write(codecs.BOM_UTF8 + _build_header_line(headings))
    for batch in _split_batches(lines):
        out.write(join_crlf_lines(batch))
        tick(len(batch))
    return {}


def _write_cp932(
    lines: Iterable[Any], headings: list[str], out: IO[bytes], tick: Tick
) -> dict[str, Any]:
    found, rows = Replacements(), 0
    token = current_replacements.set(found)
    try:
        out.write(_build_header_line(headings).decode().encode("cp932", "members.geta"))
        for batch in _split_batches(lines):
            found.places.clear()
            out.write(join_crlf_lines(batch).decode().encode("cp932", "members.geta"))
            rows += _count_affected_lines(found.places, batch) if found.places else 0
            tick(len(batch))
    finally:
        current_replacements.reset(token)
    return {
        "replaced_rows": rows,
        "replaced": [f"U+{ord(sign):04X}" for sign, _n in found.signs.most_common(30)],
    }


def _count_affected_lines(places: list[int], batch: list[Any]) -> int:
    """Return in how many of the lines the places are.

    Every line ends in one character more than it came with.
    """
    ends = list(accumulate(len(bytes(line).decode()) + 1 for line in batch))
    return len({bisect_right(ends, place) for place in places})


def join_crlf_lines(lines: list[Any]) -> bytes:
    """Return the lines as one, with the line ends of Windows."""
    return b"\r\n".join([line[:-1] for line in lines] + [b""])


def _split_batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


# ---------------------------------------------------------------- XLSX
class WriterStopped(RuntimeError):
    """The writer panicked for another reason than its temporary file; the message is its own."""


def write_xlsx(
    rows: Iterable[tuple[Any, ...]],
    headings: list[str],
    sheet: str,
    file: IO[bytes],
    tick: Tick,
) -> None:
    """Write the rows as XLSX in which every cell is text: no formulas, no links, no lost zeros.

    ``file``: an open one, with or without a name.
    """
    try:
        book = FastExcel(f"/dev/fd/{file.fileno()}", output_format="xlsx")
        book.format(bold_headers=True).freeze(row=1)
        book.sheet(
            sheet,
            _build_row_dicts(rows, headings, tick),
            column_width=18,
            ignore_errors=headings,
        ).save()
    except BaseException as error:
        raise translate_panic(error) from error
    file.seek(0)


def _build_row_dicts(
    rows: Iterable[tuple[Any, ...]], headings: list[str], tick: Tick
) -> Iterator[dict[str, Any]]:
    """Yield the rows as dicts, as the writer takes them: the keys of the first are the headings."""
    for batch in _split_batches(rows):
        for row in batch:
            yield dict(zip(headings, row, strict=True))
        tick(len(batch))


def translate_panic(error: BaseException) -> BaseException:
    """Return the error that a panic of the writer means, or the error itself when it is none.

    The writer panics when its own temporary file cannot grow; the message contains the number of the error.
    """
    if type(error).__name__ != "PanicException":
        return error
    code = re.search(r"code: (\d+)", str(error))
    return (
        OSError(int(code[1]), os.strerror(int(code[1])))
        if code
        else WriterStopped(str(error))
    )
