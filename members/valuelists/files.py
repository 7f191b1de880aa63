"""An uploaded list of values as text: CSV or plain text in any usual encoding, or an Excel workbook."""

import csv
import io
import itertools
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from members.models import ValueList
from members.normalize.workbooks import convert_workbook
from members.valuelists.parse import MOST, NORMALIZERS, build_too_many_error

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
    if data[:2] == b"PK":
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

    The column of addresses or telephone numbers is found by the first rows. Any other kind is in the column that is
    named like the kind, else in the first. 「101,102」 in two lines is a table only where ``is_table`` says so or where
    there is a header.
    """
    lines = text.splitlines()
    rows = _split_rows(lines[:SAMPLE])
    width = len(rows[0]) if rows else 0
    if len(rows) < 2 or width < 2 or any(len(row) != width for row in rows):
        return text
    if field in (KIND.EMAIL, KIND.PHONE):
        scores = [
            sum(map(bool, NORMALIZERS[field](list(column))))
            for column in zip(*rows, strict=True)
        ]
        if sum(map(bool, scores)) != 1:
            return text
        chosen = scores.index(max(scores))
    else:
        header = [cell.strip() for cell in rows[0]]
        label = str(KIND(field).label)
        if not is_table and label not in header and not _has_header(rows):
            return text
        chosen = header.index(label) if label in header else 0
    cells = "\n".join(row[chosen] for row in _split_rows(lines) if len(row) > chosen)
    return cells.replace(",", "") if field == KIND.NUMBER else cells


def _has_header(rows: list[list[str]]) -> bool:
    """Return whether the first row is words and the first column below it is numbers."""
    return not DIGIT.search("".join(rows[0])) and all(
        DIGIT.search(row[0]) for row in rows[1:]
    )


def _split_rows(lines: list[str]) -> list[list[str]]:
    filled = (line for line in lines if line.strip())
    first = next(filled, "")
    mark = "\t" if "\t" in first else ","
    try:
        return list(csv.reader(itertools.chain([first], filled), delimiter=mark))
    except csv.Error:
        return []
