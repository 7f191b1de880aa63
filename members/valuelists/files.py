"""An uploaded list of values as text: CSV or plain text in any usual encoding, or an Excel workbook."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import zip_longest

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from members.models import ValueList
from members.normalize.files.encodings import detect_encoding
from members.normalize.files.file_kinds import SEPARATOR_LINE, is_workbook
from members.normalize.files.headings import is_header_row, is_known_heading
from members.normalize.files.workbooks import convert_workbook
from members.valuelists.number_columns import clean_number_cells, read_number_column
from members.valuelists.parse import (
    MOST,
    NORMALIZERS,
    PUBLIC_ID,
    Normalizer,
    build_too_many_error,
)

LARGEST = 64 * 1024 * 1024
SAMPLE = 200
KIND = ValueList.Field
LONGEST_TITLE = 10
DIGIT = re.compile(r"\d")


def _read_file(upload: UploadedFile) -> str:
    if (upload.size or 0) > LARGEST:
        raise ValidationError(
            _(
                "ファイルが大きすぎます（64MBまで）。値の列だけにするか、分けて選んでください。"
            ),
            code="size",
        )
    return decode_list_file(upload.read())


def decode_list_file(data: bytes) -> str:
    """Decode UTF-8, else one of the Japanese encodings; of a workbook return the first sheet.

    Raise ValidationError for anything else.
    """
    if is_workbook(io.BytesIO(data)):
        data = _convert_workbook(data)
    file = io.BytesIO(data)
    try:
        return data.decode(detect_encoding(file))
    except ValidationError as error:
        raise ValidationError(
            _(
                "ファイルの文字を読み取れません。テキストまたはCSV（UTF-8かShift_JIS）で保存し直してください。"
            ),
            code="encoding",
        ) from error


def _convert_workbook(data: bytes) -> bytes:
    """Convert a workbook to CSV.

    One column of a million rows stays within the child's limits: it took 37 s of 90, and 112 MB of 700.
    """
    try:
        with convert_workbook(io.BytesIO(data), most=MOST) as table:
            return table.read()
    except ValidationError as error:
        raise (build_too_many_error() if error.code == "rows" else error) from None


@dataclass(frozen=True)
class ParsedInput:
    """What was pasted, and what the uploaded file holds. ``is_table``: the file is more than plain text."""

    pasted: str
    file: str = ""
    is_table: bool = True

    @classmethod
    def of(cls, pasted: str, upload: UploadedFile | None) -> "ParsedInput":
        if not upload:
            return cls(pasted)
        # A very long paste comes as a text file (static/console/js/paste.js).
        return cls(
            pasted, _read_file(upload), not (upload.name or "").lower().endswith(".txt")
        )

    def values(self, field: str) -> str:
        """Return one text with the values of this kind, from both."""
        parts = [
            extract_value_column(self.pasted, field, is_table=False),
            extract_value_column(self.file, field, self.is_table),
        ]
        return "\n".join(part for part in parts if part.strip())


def extract_value_column(text: str, field: str, is_table: bool = True) -> str:
    """Return the column of a table that holds the values; text that is no table comes back as it is.

    The column of addresses, telephone numbers or our own ids is found by the first rows. Any other kind is in the
    column that is named like the kind, else in the first. 「101,102」 in two lines is a table only where ``is_table``
    says so or where there is a header.
    """
    if field == KIND.NUMBER and (column := read_number_column(text)) is not None:
        return "\n".join(column)
    lines, mark = _split_lines(text)
    text = "\n".join(lines)
    rows = _split_rows(lines[:SAMPLE], mark)
    title = _count_title_rows(rows, field) if is_table else 0
    rows = rows[title:]
    width = max(map(_count_filled, rows), default=0)
    if len(rows) < 2 or width < 2:
        return text
    chosen = _choose_column(rows, field, is_table, width)
    if chosen is None:
        return text
    cells = [
        row[chosen] for row in _split_rows(lines, mark)[title:] if len(row) > chosen
    ]
    return "\n".join(clean_number_cells(cells) if field == KIND.NUMBER else cells)


def _choose_column(
    rows: list[list[str]], field: str, is_table: bool, width: int
) -> int | None:
    """Return which column of the rows holds the values; None where they are no table."""
    chosen = _find_column(rows, field) if field in LOOKS else None
    if chosen is not None or field in (KIND.EMAIL, KIND.PHONE):
        return chosen
    header = [cell.strip() for cell in rows[0]]
    label = str(KIND(field).label)
    if label in header:
        return header.index(label)
    if _has_header(rows) or (is_table and any(map(is_known_heading, header))):
        return 0
    is_ragged = any(len(row) < width for row in rows)
    return 0 if is_table and (not is_ragged or _has_numbers_first(rows)) else None


def _count_filled(row: list[str]) -> int:
    """Return how many cells a row has without the blank ones at its end, which not every program writes."""
    while row and not row[-1].strip():
        row = row[:-1]
    return len(row)


def _has_numbers_first(rows: list[list[str]]) -> bool:
    """Return whether the rows are of several columns of which the first alone has numbers."""
    return all(
        DIGIT.search(row[0]) and not DIGIT.search("".join(row[1:])) for row in rows
    )


def _count_title_rows(rows: list[list[str]], field: str) -> int:
    """Return how many rows stand above the headings.

    They are the first row with a heading that we know and several cells; else rows of one cell stand above a table of
    several columns whose first row is words.
    """
    label, widest = str(KIND(field).label), 0
    for place, row in enumerate(rows[: LONGEST_TITLE + 1]):
        names = [cell.strip() for cell in row if cell.strip()]
        is_named = label in names and len(names) > 1
        if is_named or (is_header_row(names, widest) and (place or len(names) > 1)):
            return place
        widest = max(widest, len(names))
    title = next(
        (place for place, row in enumerate(rows) if len([*filter(None, row)]) > 1), 0
    )
    table = rows[title:]
    names_columns = (
        title and not DIGIT.search("".join(table[0])) and "@" not in "".join(table[0])
    )
    above = [cell for row in rows[:title] for cell in row if cell]
    holds_values = field in LOOKS and any(LOOKS[field](above))
    return (
        title
        if names_columns and not holds_values and all(len(row) > 1 for row in table)
        else 0
    )


def _split_lines(text: str) -> tuple[list[str], str]:
    """Return the lines, and the sign between the cells: the one that Excel's line 「sep=;」 names, else tab or comma.

    A carriage return within a line is a line break within a cell.
    """
    if "\n" in text.rstrip("\r\n"):
        text = text.replace("\r\n", "\n").replace("\r", " ")
    lines = text.splitlines()
    named = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    if named:
        return lines[1:], named[1]
    first = next((line for line in lines if line.strip()), "")
    return lines, "\t" if "\t" in first else ","


def _find_column(rows: list[list[str]], field: str) -> int | None:
    """Return the only column that has values of the kind; None when there is none, or several have."""
    columns = list(zip_longest(*rows, fillvalue=""))
    scores = [sum(map(bool, LOOKS[field](list(column)))) for column in columns]
    return scores.index(max(scores)) if sum(map(bool, scores)) == 1 else None


def _select_public_ids(values: list[str]) -> list[str]:
    return [value if PUBLIC_ID.fullmatch(value.strip()) else "" for value in values]


# Kinds whose values are told by their look. The 会員ID of a cart (1, 2, …) is none of ours, however it is called.
LOOKS: dict[str, Normalizer] = {
    KIND.EMAIL: NORMALIZERS[KIND.EMAIL],
    KIND.PHONE: NORMALIZERS[KIND.PHONE],
    KIND.MEMBER: _select_public_ids,
}


def _has_header(rows: list[list[str]]) -> bool:
    """Return whether the first row is words and the first column below it is numbers."""
    return not DIGIT.search("".join(rows[0])) and all(
        DIGIT.search(row[0]) for row in rows[1:]
    )


def _split_rows(lines: list[str], mark: str) -> list[list[str]]:
    filled = (line for line in lines if line.strip())
    try:
        return list(csv.reader(filled, delimiter=mark))
    except (csv.Error, TypeError, ValueError):
        return []
