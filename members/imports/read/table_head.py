"""Where a table begins: below a line that names the separator, and below a title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from members.imports.read.csv_reader import (
    DELIMITERS,
    LONGEST_LINE,
    NAMED_DELIMITERS,
    SAMPLE,
    CsvReader,
    build_empty_file_error,
    count_extra_columns,
    parse_header,
    read_names,
    require_rows,
)
from members.normalize.files.file_kinds import SEPARATOR_LINE
from members.normalize.files.headings import is_header_row, is_known_heading

LONGEST_TITLE = 10  # rows above the headings


@dataclass(frozen=True)
class TableHead:
    """``skipped``: records above the header; ``extra``: columns after those of the header that are left out."""

    skipped: int
    header: list[str]
    sample: list[list[str]]
    extra: int


def detect_delimiter(file: BinaryIO) -> str:
    """Return the separator that the first line names, else what stands most often in it outside quotes.

    Where the first line is a title without any, the line with most of them decides.
    """
    file.seek(0)
    lines = [
        file.readline(LONGEST_LINE).decode(errors="replace")
        for _row in range(LONGEST_TITLE)
    ]
    named = SEPARATOR_LINE.fullmatch(lines[0])
    if named and named[1] in NAMED_DELIMITERS:
        return named[1]
    bare = re.sub(r'"[^"]*"', "", lines[0])
    if not any(map(bare.count, DELIMITERS)):  # a title
        bare = max(
            (re.sub(r'"[^"]*"', "", line) for line in lines), key=_count_separators
        )
    return max(DELIMITERS, key=bare.count)


def _count_separators(line: str) -> int:
    return max(map(line.count, DELIMITERS))


def read_table_head(file: BinaryIO, delimiter: str) -> TableHead:
    """Return where the headings stand, what they are, and up to SAMPLE rows below them.

    Raise ValidationError for a file without either.
    """
    records = CsvReader(file, delimiter).take(1 + SAMPLE * 4)
    if not records:
        raise build_empty_file_error()
    skipped = _count_title_records(records)
    head = records[skipped] if skipped < len(records) else []
    return TableHead(
        skipped,
        parse_header(head),
        require_rows(records[skipped + 1 :]),
        count_extra_columns(head),
    )


def _count_title_records(records: Sequence[Sequence[str]]) -> int:
    """Return how many records stand above the headings.

    A title has no names of columns that we know, mostly it has one cell; the headings below it have several.
    """
    start = int(_names_separator(records[0]))
    first, widest = None, 0
    for place, record in enumerate(
        records[start : start + LONGEST_TITLE + 1], start=start
    ):
        names = [name for name in read_names(record) if name]
        if first is None and any(map(is_known_heading, names)):
            return place
        if is_header_row(names, widest):
            return place
        if len(names) > 1 and first is None:
            first = place
        widest = max(widest, len(names))
    return start


def _names_separator(record: Sequence[str]) -> bool:
    """Return whether the record is Excel's line for the separator; read by that very separator it is two cells."""
    return (
        bool(record)
        and bool(re.fullmatch("sep=.?", record[0], re.I))
        and not any(record[1:])
    )
