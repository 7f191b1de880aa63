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
from members.normalize.workbooks import as_csv
from members.valuelists.parse import KEYS, MOST, too_many

LARGEST = 64 * 1024 * 1024
SAMPLE = 200
KIND = ValueList.Field
DIGIT = re.compile(r"\d")


def file_text(upload: UploadedFile) -> str:
    if (upload.size or 0) > LARGEST:
        raise ValidationError(
            _(
                "ファイルが大きすぎます（64MBまで）。値の列だけにするか、分けて選んでください。"
            ),
            code="size",
        )
    return decoded(upload.read())


def decoded(data: bytes) -> str:
    """UTF-8, else what Excel writes in Japan; a workbook's first sheet. Raises ValidationError for anything else."""
    if data[:2] == b"PK":
        data = unpacked(data)
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


def unpacked(data: bytes) -> bytes:
    """A workbook of one column takes a million rows within the child's limits: 37 s of its 90, 112 MB of its 700."""
    try:
        with as_csv(io.BytesIO(data), most=MOST) as table:
            return table.read()
    except ValidationError as error:
        raise (too_many() if error.code == "rows" else error) from None


@dataclass(frozen=True)
class Given:
    """What was pasted and what a file holds. ``is_table``: whether the file is more than plain text."""

    pasted: str
    file: str = ""
    is_table: bool = True

    @classmethod
    def of(cls, pasted: str, upload: UploadedFile | None) -> "Given":
        if not upload:
            return cls(pasted)
        # A very long paste comes as a text file (static/console/js/paste.js).
        return cls(
            pasted, file_text(upload), not (upload.name or "").lower().endswith(".txt")
        )

    def values(self, field: str) -> str:
        """One text of values of this kind."""
        parts = [
            column_of(self.pasted, field, is_table=False),
            column_of(self.file, field, self.is_table),
        ]
        return "\n".join(part for part in parts if part.strip())


def column_of(text: str, field: str, is_table: bool = True) -> str:
    """Of a table with several columns the one that holds the values; any other text as it is.

    Addresses and telephone numbers are looked for in the first rows. For the rest it is the column with the name of
    the kind, else the first; 「101,102」 in two lines is a table only where it ``is_table`` or has a header.
    """
    lines = text.splitlines()
    rows = table(lines[:SAMPLE])
    width = len(rows[0]) if rows else 0
    if len(rows) < 2 or width < 2 or any(len(row) != width for row in rows):
        return text
    if field in (KIND.EMAIL, KIND.PHONE):
        scores = [
            sum(map(bool, KEYS[field](list(column))))
            for column in zip(*rows, strict=True)
        ]
        if sum(map(bool, scores)) != 1:
            return text
        chosen = scores.index(max(scores))
    else:
        header = [cell.strip() for cell in rows[0]]
        label = str(KIND(field).label)
        if not is_table and label not in header and not headed(rows):
            return text
        chosen = header.index(label) if label in header else 0
    cells = "\n".join(row[chosen] for row in table(lines) if len(row) > chosen)
    return cells.replace(",", "") if field == KIND.NUMBER else cells


def headed(rows: list[list[str]]) -> bool:
    """Whether words stand over a first column of numbers."""
    return not DIGIT.search("".join(rows[0])) and all(
        DIGIT.search(row[0]) for row in rows[1:]
    )


def table(lines: list[str]) -> list[list[str]]:
    filled = (line for line in lines if line.strip())
    first = next(filled, "")
    mark = "\t" if "\t" in first else ","
    try:
        return list(csv.reader(itertools.chain([first], filled), delimiter=mark))
    except csv.Error:
        return []
