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

from jobs.files.formula_guard import SHAPES, safe

Tick = Callable[[int], None]
BATCH = 4_000
# What stands for a character that Shift_JIS does not know.
GETA = "〓"
# The same signs under other code points.
SAME = {
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
class Replaced:
    """The signs that became 〓, how often, and at which places of the text that is being written."""

    signs: "Counter[str]" = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)


replaced: ContextVar[Replaced] = ContextVar("replaced")


def to_geta(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    written, found = "", replaced.get()
    for place, sign in enumerate(error.object[error.start : error.end], error.start):
        if sign in SAME or sign in SHAPES:
            written += SAME.get(sign, "")
        else:
            found.signs[sign] += 1
            found.places.append(place)
            written += GETA
    return written, error.end


codecs.register_error("members.geta", to_geta)


# ---------------------------------------------------------------- CSV
def header_line(headings: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([safe(heading) for heading in headings])
    return line.getvalue().encode()


def write_csv(
    lines: Iterable[Any], headings: list[str], out: IO[bytes], encoding: str, tick: Tick
) -> dict[str, Any]:
    """Write the lines as CSV, and return what ``cp932`` could not represent.

    ``lines``: UTF-8 as PostgreSQL writes them, ending in \\n. Returns {"replaced_rows": number, "replaced": ["U+…",
    …]}, {} for UTF-8.
    """
    if encoding == "cp932":
        return write_cp932(lines, headings, out, tick)
    out.write(codecs.BOM_UTF8 + header_line(headings))
    for batch in batches(lines):
        out.write(crlf(batch))
        tick(len(batch))
    return {}


def write_cp932(
    lines: Iterable[Any], headings: list[str], out: IO[bytes], tick: Tick
) -> dict[str, Any]:
    found, rows = Replaced(), 0
    token = replaced.set(found)
    try:
        out.write(header_line(headings).decode().encode("cp932", "members.geta"))
        for batch in batches(lines):
            found.places.clear()
            out.write(crlf(batch).decode().encode("cp932", "members.geta"))
            rows += lines_of(found.places, batch) if found.places else 0
            tick(len(batch))
    finally:
        replaced.reset(token)
    return {
        "replaced_rows": rows,
        "replaced": [f"U+{ord(sign):04X}" for sign, _n in found.signs.most_common(30)],
    }


def lines_of(places: list[int], batch: list[Any]) -> int:
    """Return in how many of the lines the places are.

    Every line ends in one character more than it came with.
    """
    ends = list(accumulate(len(bytes(line).decode()) + 1 for line in batch))
    return len({bisect_right(ends, place) for place in places})


def crlf(lines: list[Any]) -> bytes:
    """Return the lines as one, with the line ends of Windows."""
    return b"\r\n".join([line[:-1] for line in lines] + [b""])


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
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
            sheet, dicts(rows, headings, tick), column_width=18, ignore_errors=headings
        ).save()
    except BaseException as error:
        raise translated(error) from error
    file.seek(0)


def dicts(
    rows: Iterable[tuple[Any, ...]], headings: list[str], tick: Tick
) -> Iterator[dict[str, Any]]:
    """Yield the rows as dicts, as the writer takes them: the keys of the first are the headings."""
    for batch in batches(rows):
        for row in batch:
            yield dict(zip(headings, row, strict=True))
        tick(len(batch))


def translated(error: BaseException) -> BaseException:
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
