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
from members.normalize.file_kinds import SEPARATOR_LINE, is_workbook
from members.normalize.workbooks import convert_workbook
from members.valuelists.parse import (
    MOST,
    NORMALIZERS,
    PUBLIC_ID,
    Normalizer,
    build_too_many_error,
    is_number_column,
)

LARGEST = 64 * 1024 * 1024
SAMPLE = 200
KIND = ValueList.Field
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
    """Decode UTF-8, else the encoding that Excel writes in Japan; of a workbook return the first sheet.

    Raise ValidationError for anything else.
    """
    if is_workbook(io.BytesIO(data)):
        data = _convert_workbook(data)
    for encoding in (
        ("utf-8-sig", "utf-16")
        if data[:2] in (b"\xff\xfe", b"\xfe\xff")
        else ("utf-8-sig", "cp932")
    ):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(
        _(
            "ファイルの文字を読み取れません。テキストまたはCSV（UTF-8かShift_JIS）で保存し直してください。"
        ),
        code="encoding",
    )


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
    if field == KIND.NUMBER and is_number_column(text):
        return text
    lines, mark = _split_lines(text)
    text = "\n".join(lines)
    rows = _split_rows(lines[:SAMPLE], mark)
    title = _count_title_rows(rows, field) if is_table else 0
    rows = rows[title:]
    width = len(rows[0]) if rows else 0
    if len(rows) < 2 or width < 2 or any(len(row) > width for row in rows):
        return text
    short = any(len(row) < width for row in rows)
    label = str(KIND(field).label)
    header = [cell.strip() for cell in rows[0]]
    chosen = _find_column(rows, field) if field in LOOKS else None
    if chosen is None and field in (KIND.EMAIL, KIND.PHONE):
        return text
    if chosen is None:
        named = label in header or _has_header(rows)
        if not named and (short or not is_table):
            return text
        chosen = header.index(label) if label in header else 0
    cells = "\n".join(
        row[chosen] for row in _split_rows(lines, mark)[title:] if len(row) > chosen
    )
    return cells.replace(",", "") if field == KIND.NUMBER else cells


def _count_title_rows(rows: list[list[str]], field: str) -> int:
    """Return how many rows of one cell stand above a table of several columns whose first row is words."""
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
    if "\n" in text:
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


def _keep_public_ids(values: list[str]) -> list[str]:
    return [value if PUBLIC_ID.fullmatch(value.strip()) else "" for value in values]


# Kinds whose values are told by their look. The 会員ID of a cart (1, 2, …) is none of ours, however it is called.
LOOKS: dict[str, Normalizer] = {
    KIND.EMAIL: NORMALIZERS[KIND.EMAIL],
    KIND.PHONE: NORMALIZERS[KIND.PHONE],
    KIND.MEMBER: _keep_public_ids,
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
