"""XLSX → CSV, run in a process of its own with little memory, time and disk space:
``python -m members.normalize.xlsx ROWS ONLY CELL COLUMNS``.

Reads the workbook from stdin (a file that can be sought) and writes CSV to stdout. When it refuses a workbook it writes
one word to stderr and ends with 3. It does not know Django. Source of the limits: docs/decisions.md.
"""

import contextlib
import csv
import datetime as dt
import errno
import io
import os
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

UNPACKED, RATIO, PARTS = 200 * 1024 * 1024, 100, 1_000
MEMORY, SECONDS, WRITTEN = 700 * 1024 * 1024, 90, 400 * 1024 * 1024
EXIT_REFUSED = 3


class WorkbookRefusal(Exception):
    """A workbook that is not converted; the argument is the word for why (members/normalize/workbooks.py)."""


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
    if "xl/workbook.xml" not in names:
        raise WorkbookRefusal("no_workbook")


def read_sheet_rows(
    file: BinaryIO, most: int, cell: int, columns: int
) -> Iterator[list[str]]:
    import openpyxl

    assert openpyxl.DEFUSEDXML, "defusedxml is missing"
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # a sheet may state a size that is out of date: rows beyond it would be left out silently
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number > most:
            raise WorkbookRefusal("rows")
        # One long text may stand in every cell. What is cut is still too long by one, so the import refuses it.
        yield [
            format_sheet_cell(value)[:cell]
            for value in (row[:columns] if number else row)
        ]


def format_sheet_cell(value: Any) -> str:
    """Return the cell as a person reads it: whole numbers without ".0", days as 2026-11-22."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return (
            str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        )
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return str(value)


def write_sheet_csv(found: Iterable[list[str]], out: io.TextIOBase, only: int) -> None:
    writer = csv.writer(out, lineterminator="\n")
    width = 0
    for number, row in enumerate(found):
        while len(row) > width and not row[-1]:
            row.pop()
        width = width or len(row)
        writer.writerow([*row, *[""] * (width - len(row))] if any(row) else [])
        if only and number == only:
            break


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
            write_sheet_csv(read_sheet_rows(file, most, cell, columns), out, only)
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
        return 0
    sys.stderr.write(word)
    sys.stderr.flush()
    os._exit(EXIT_REFUSED)


if __name__ == "__main__":
    sys.exit(main())
