"""An uploaded list of values as text: CSV or plain text in any usual encoding, or an Excel workbook."""

import csv
import io
import itertools

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from members.importing.workbooks import as_csv
from members.models import ValueList
from members.reading_values import KEYS

LARGEST = 64 * 1024 * 1024
SAMPLE = 200
KIND = ValueList.Field


def file_text(upload: UploadedFile) -> str:
    if (upload.size or 0) > LARGEST:
        raise ValidationError(
            _("ファイルが大きすぎます（64MBまで）。値の列だけにするか、分けて選んでください。"), code="size"
        )
    return decoded(upload.read())


def decoded(data: bytes) -> str:
    """UTF-8, else what Excel writes in Japan; a workbook's first sheet. Raises ValidationError for anything else."""
    if data[:2] == b"PK":
        with as_csv(io.BytesIO(data)) as table:
            data = table.read()
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(
        _("ファイルの文字を読み取れません。テキストまたはCSV（UTF-8かShift_JIS）で保存し直してください。"),
        code="encoding",
    )


def column_of(text: str, field: str) -> str:
    """Of a table with several columns the one that holds the values; any other text as it is.

    Addresses and telephone numbers are looked for in the first rows; for the rest it is the first column.
    """
    lines = text.splitlines()
    rows = table(lines[:SAMPLE])
    width = len(rows[0]) if rows else 0
    if len(rows) < 2 or width < 2 or any(len(row) != width for row in rows):
        return text
    chosen = 0
    if field in (KIND.EMAIL, KIND.PHONE):
        scores = [sum(map(bool, KEYS[field](list(column)))) for column in zip(*rows, strict=True)]
        if sum(map(bool, scores)) != 1:
            return text
        chosen = scores.index(max(scores))
    return "\n".join(row[chosen] for row in table(lines) if len(row) > chosen)


def table(lines: list[str]) -> list[list[str]]:
    filled = (line for line in lines if line.strip())
    first = next(filled, "")
    mark = "\t" if "\t" in first else ","
    try:
        return list(csv.reader(itertools.chain([first], filled), delimiter=mark))
    except csv.Error:
        return []
