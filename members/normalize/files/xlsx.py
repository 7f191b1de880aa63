"""XLSX → CSV, run in a process of its own with little memory, time and disk space:
``python -m members.normalize.files.xlsx ROWS ONLY CELL COLUMNS``.

Reads the workbook from stdin (a file that can be sought) and writes CSV to stdout. When it refuses a workbook it writes
one word to stderr and ends with 3; else it writes there, as JSON, which sheet it read and how many of its formulas have
no stored value. It does not know Django. Source of the limits: docs/decisions.md.
"""

import contextlib
import csv
import errno
import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

UNPACKED, RATIO, PARTS = 200 * 1024 * 1024, 100, 1_000
MEMORY, SECONDS, WRITTEN = 700 * 1024 * 1024, 90, 400 * 1024 * 1024
EXIT_REFUSED = 3
STRICT = b"http://purl.oclc.org/ooxml/"  # where the names of Strict Open XML begin


class WorkbookRefusal(Exception):
    """A workbook that is not converted; the argument is the word for why (members/normalize/files/workbooks.py)."""


def check_zip_parts(file: BinaryIO) -> None:
    """Look at the table of contents before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise WorkbookRefusal("broken") from None
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if len(parts) > PARTS or unpacked > UNPACKED or unpacked / packed > RATIO:
        raise WorkbookRefusal("bomb")
    names = [part.filename for part in parts]
    if any(
        name.lower().endswith((".zip", ".xlsx", ".7z", ".gz"))
        or ".." in name.split("/")
        for name in names
    ):
        raise WorkbookRefusal("nested")
    if "xl/workbook.bin" in names:
        raise WorkbookRefusal("binary")
    if "content.xml" in names:
        raise WorkbookRefusal("open_document")
    if "xl/workbook.xml" not in names:
        raise WorkbookRefusal("no_workbook")
    if STRICT in zipfile.ZipFile(file).read("xl/workbook.xml")[:4_000]:
        raise WorkbookRefusal("strict")


def open_sheet(file: BinaryIO) -> tuple[Any, dict[str, Any]]:
    """Return the first sheet that is not hidden, and what is told about it: its name, and how many sheets there are."""
    import openpyxl

    from members.normalize.files.xlsx_cells import prepare_cell_parser

    assert openpyxl.DEFUSEDXML, "defusedxml is missing"
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    prepare_cell_parser(book)
    sheets = book.worksheets
    shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    sheet = (shown or sheets)[0]
    sheet.reset_dimensions()  # a sheet may state a size that is out of date: rows beyond it would be left out silently
    return sheet, {"sheet": sheet.title, "sheets": len(sheets)}


def read_sheet_rows(
    sheet: Any, most: int, cell: int, columns: int
) -> Iterator[list[str]]:
    """Yield the rows as texts; blank ones are empty lists, and none of them comes after the last that is filled."""
    from members.normalize.files.excel_errors import UNSAVED
    from members.normalize.files.xlsx_cells import format_sheet_cell

    filled = blank = 0
    for row in sheet.iter_rows(values_only=True):
        # One long text may stand in every cell. What is cut is still too long by one, so the import refuses it.
        cells = [
            format_sheet_cell(value)[:cell]
            for value in (row[:columns] if filled else row)
        ]
        if not any(cell and cell != UNSAVED for cell in cells):
            blank += 1
            continue
        if filled > most:
            raise WorkbookRefusal("rows")
        yield from ([] for _blank in range(blank))
        yield cells
        filled, blank = filled + 1, 0


def write_sheet_csv(found: Iterable[list[str]], out: io.TextIOBase, only: int) -> None:
    from members.normalize.files.excel_errors import UNSAVED

    writer = csv.writer(out, lineterminator="\n")
    width = 0
    for row in islice(found, only + 1 if only else None):
        while len(row) > width and row[-1] in ("", UNSAVED):
            row.pop()
        width = width or len(row)
        writer.writerow([*row, *[""] * (width - len(row))] if any(row) else [])


def main() -> int:
    with contextlib.suppress(ValueError):  # macOS knows no limit of memory
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    most, only, cell, columns = map(int, sys.argv[1:])
    try:
        file = sys.stdin.buffer
        check_zip_parts(file)
        file.seek(0)
        with io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="") as out:
            sheet, told = open_sheet(file)
            write_sheet_csv(read_sheet_rows(sheet, most, cell, columns), out, only)
    except WorkbookRefusal as refusal:
        word = str(refusal)
    except MemoryError:
        word = "memory"
    except OSError as error:
        word = {errno.EFBIG: "long", errno.ENOSPC: "room", errno.EDQUOT: "room"}.get(
            error.errno or 0, "broken"
        )
    except Exception as error:  # whatever a broken workbook makes of the reader
        word = "broken"
        sys.stderr.write(f"{type(error).__name__} ")
    else:
        from members.normalize.files.xlsx_cells import CellParser

        sys.stderr.write(json.dumps({**told, "unsaved": CellParser.unsaved}))
        return 0
    sys.stderr.write(word)
    sys.stderr.flush()
    os._exit(EXIT_REFUSED)


if __name__ == "__main__":
    sys.exit(main())
