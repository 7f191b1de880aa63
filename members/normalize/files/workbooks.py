"""Excel files: a child process converts them to CSV, so that a hostile file costs us nothing but a message."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.normalize.limits import LONGEST_CELL, MOST_COLUMNS

MOST_ROWS = 200_000
PROGRAM = "members.normalize.files.xlsx"
TIMEOUT = 300  # seconds; on a busy machine the child waits for its 90 seconds of work
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class WorkbookReport:
    """What was read of a workbook.

    ``sheet``: the name of the sheet; ``sheets``: how many there are; ``unsaved``: formulas without a stored value.
    """

    sheet: str = ""
    sheets: int = 0
    unsaved: int = 0


def convert_workbook(
    file: BinaryIO, only: int = 0, most: int = 0, report: WorkbookReport | None = None
) -> IO[bytes]:
    """Convert the first visible sheet to a temporary CSV file, which the caller closes; fill in the report.

    ``only``: how many rows to read after the header (0: all); ``most``: how many it may have (0: MOST_ROWS).
    Raise ValidationError; its code is "rows" when the sheet has more.
    """
    file.seek(0)
    copy = TemporaryFile()  # noqa: SIM115  (the child reads it)
    while chunk := file.read(1 << 20):
        copy.write(chunk)
    copy.seek(0)
    out = TemporaryFile()  # noqa: SIM115  (the caller closes it)
    command = [
        sys.executable,
        "-m",
        PROGRAM,
        *map(str, (most or MOST_ROWS, only, LONGEST_CELL + 1, MOST_COLUMNS + 1)),
    ]
    try:
        child = subprocess.run(
            command,
            stdin=copy,
            stdout=out,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _build_error("memory") from None
    if child.returncode:
        words = child.stderr.decode(errors="replace").split()
        raise _build_error(words[-1] if words and child.returncode == 3 else "memory")
    if report:
        report.__dict__.update(json.loads(child.stderr.splitlines()[-1]))
    out.seek(0)
    return out


def _build_error(word: str) -> ValidationError:
    if word == "room":
        return build_full_disk_error()
    words = {
        "bomb": _(
            "展開すると大きくなりすぎるExcelファイルです（展開後200MBまで）。「CSV UTF-8」で保存し直してください。"
        ),
        "nested": _(
            "中に別の圧縮ファイルが入っています。表だけのExcelファイルにするか、「CSV UTF-8」で保存し直してください。"
        ),
        "rows": _(
            "Excelファイルは%(most)s行まで取り込めます。それより多いときは「CSV UTF-8」で保存し直してください。"
        )
        % {"most": f"{MOST_ROWS:,}"},
        "memory": _(
            "Excelファイルが大きすぎて読み取れません。「CSV UTF-8」で保存し直してください。"
        ),
        "long": _(
            "Excelファイルの表が大きすぎます（CSVにして400MBまで）。使わない列を削除するか、分けてください。"
        ),
        "strict": _(
            "「Strict Open XML」形式のExcelファイルです。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。"
        ),
        "binary": _(
            "「Excelバイナリブック（.xlsb）」です。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。"
        ),
        "open_document": _(
            "OpenDocument（.ods）のファイルです。「Excelブック（.xlsx）」か「CSV UTF-8」で保存し直してください。"
        ),
        "no_workbook": _(
            "Excelファイル（.xlsx）ではありません。CSVか「.xlsx」のファイルを選んでください。"
        ),
    }
    broken = _(
        "Excelファイルが壊れているため、読み取れません。Excelで開いて保存し直すか、「CSV UTF-8」で保存してください。"
    )
    return ValidationError(words.get(word, broken), code=word)


def build_full_disk_error() -> ValidationError:
    return ValidationError(
        _(
            "保存する場所がいっぱいで、ファイルを受け取れませんでした。途中のファイルは削除しました。システム管理者に空き容量の確保を依頼してから、もう一度実行してください。"
        ),
        code="room",
    )
