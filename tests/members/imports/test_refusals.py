# ruff: noqa: E501  (what the operator reads stands here in one piece)
"""Files that cannot be taken in: each is refused with its cause and remedy, and nothing is kept."""

import datetime as dt
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from jobs import runner
from members.models import ImportRow, Member, MemberImport
from members.normalize.files import workbooks, xlsx
from tenants.models import Tenant
from tests.members.imports.conftest import upload

Check = Callable[..., MemberImport]


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(
                name.replace("__", "/").replace("_xml", ".xml").replace("_zip", ".zip"),
                content,
            )
    return file.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


FORTY_MORE = ",".join(f"列{n}" for n in range(140))
REFUSED = {
    "nothing": (
        b"",
        "ファイルが空です。会員の入ったCSVかExcelファイルを選んでください。",
    ),
    "header only": (
        "氏名,メール\r\n".encode(),
        "見出しの行しかありません。2行目から会員を1行に1名ずつ入れてください。",
    ),
    "no header": (
        b",,\r\na,b,c\r\n",
        "1行目に見出しがありません。1行目に「氏名」「メールアドレス」などの列の名前を入れてください。",
    ),
    "two alike": (
        "メール,氏名,メール\r\na,b,c\r\n".encode(),
        "見出し「メール」の列が2つ以上あります。どちらかの名前を変えるか、削除してください。",
    ),
    "40 columns too many": (
        f"{FORTY_MORE}\r\na\r\n".encode(),
        "列が140列あります。取り込めるのは100列までです。使わない列を削除してください。",
    ),
    "NUL": (
        "氏名,メール\r\n山\0田,a@example.jp\r\n".encode(),
        "ファイルにNUL文字（表示されない文字）が含まれているため、読み取れません。CSVで保存し直してください。画像やExcel以外の形式でないかも確かめてください。",
    ),
    "no encoding": (
        b"name,mail\r\n\xff\xfe\xfd\x81,a@example.jp\r\n",
        "ファイルの文字コードを読み取れません。「CSV UTF-8」またはShift_JISのCSVで保存し直してください。",
    ),
    "1 MB cell": (
        b"name,email\r\n" + b"x" * 1_000_000 + b",a@example.jp\r\n",
        '2行目に、長すぎて読み取れないセルがあります（10,000文字まで）。引用符（"）の閉じ忘れがないかを確かめ、長い文章は取り込む列から外してください。',
    ),
    "unclosed quote": (
        '氏名,メール\r\n"山田,a@example.jp\r\n佐藤,b@example.jp\r\n'.encode(),
        '2行目の引用符（"）が閉じられていないため、そのあとの行を読み取れません。その行の引用符を閉じるか削除して、ファイルを選び直してください。',
    ),
    "unclosed quote in the header": (
        '氏名,"メール\r\n山田,a@example.jp'.encode(),
        '1行目の引用符（"）が閉じられていないため、そのあとの行を読み取れません。その行の引用符を閉じるか削除して、ファイルを選び直してください。',
    ),
    "old Excel": (
        b"\xd0\xcf\x11\xe0" + b"\1" * 100,
        "古い形式かパスワードの付いたExcelファイルです。パスワードを外し、「.xlsx」で保存し直してください。",
    ),
    "broken Excel": (
        b"PK\x03\x04" + b"\1" * 100,
        "Excelファイルが壊れているため、読み取れません。Excelで開いて保存し直すか、「CSV UTF-8」で保存してください。",
    ),
    "zip bomb": (
        zipped(xl__workbook_xml=b"0" * 30_000_000),
        "展開すると大きくなりすぎるExcelファイルです（展開後200MBまで）。「CSV UTF-8」で保存し直してください。",
    ),
    "nested zip": (
        zipped(xl__workbook_xml=b"<a/>", inner_zip=b"x"),
        "中に別の圧縮ファイルが入っています。表だけのExcelファイルにするか、「CSV UTF-8」で保存し直してください。",
    ),
    "no workbook": (
        zipped(word__document_xml=b"<a/>"),
        "Excelファイル（.xlsx）ではありません。CSVか「.xlsx」のファイルを選んでください。",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_with_cause_and_remedy(sakura: Tenant, ed: Client, kind: str) -> None:
    data, words = REFUSED[kind]
    answer = upload(ed, data, "members.csv")
    assert (answer.status_code, answer.context["form"].errors["file"]) == (422, [words])
    assert (MemberImport.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_too_large(sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.screens.imports.forms.MOST_BYTES", 1 << 20)
    answer = upload(ed, b"name,email\r\n" + b"a,b\r\n" * 300_000)
    assert answer.context["form"].errors["file"] == [
        "ファイルが大きすぎます（1MB）。1MB以下のファイルに分けてください。"
    ]


def test_a_workbook_is_read(checked: Check) -> None:
    """Whole numbers, days and text that looks like a formula come as a person sees them."""
    source = checked(
        workbook(
            ["氏名", "メールアドレス", "電話番号", "生年月日"],
            ["山田 花子", "hanako@example.jp", 9012345678, dt.datetime(1985, 11, 22)],
            [None, None, None, None],
            ["=1+1", "b@example.jp", "090-1111-2222", None],
        ),
        "会員.xlsx",
    )
    rows = ImportRow.objects.filter(source=source).order_by("number")
    assert [
        (row.number, row.name, row.phone_e164, str(row.birthday), row.verdict)
        for row in rows
    ] == [
        (2, "山田 花子", "+819012345678", "1985-11-22", "new"),
        (4, "", "+819011112222", "None", "new"),
    ]


def test_more_rows_than_a_workbook_may_have(
    checked: Check, sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 25)
    source = checked(
        workbook(["メール"], *([f"a{n}@example.jp"] for n in range(30))), "会員.xlsx"
    )
    runner.run_job(source.job_id)
    source.refresh_from_db()
    assert (source.state, source.note) == (
        "failed",
        "Excelファイルは25行まで取り込めます。それより多いときは「CSV UTF-8」で保存し直してください。",
    )
    assert (ImportRow.objects.count(), Member.objects.count()) == (0, 0)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def sheet(rows: str, dimension: str, shared: str = "") -> bytes:
    """A workbook made by hand, as other programs write them; ``shared``: the one text that cells can point at."""
    file, head = io.BytesIO(), '<?xml version="1.0"?>'
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["見本"]))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            content = old.read(part.filename).decode()
            if part.filename == "xl/worksheets/sheet1.xml":
                data = f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData>'
                content = f'{head}<worksheet xmlns="{MAIN}">{data}</worksheet>'
            if part.filename == "[Content_Types].xml":
                more = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED}"/></Types>'
                content = content.replace("</Types>", more)
            new.writestr(part.filename, content)
        new.writestr(
            "xl/sharedStrings.xml",
            f'{head}<sst xmlns="{MAIN}"><si><t>{shared}</t></si></sst>',
        )
    return file.getvalue()


def inline(*texts: str) -> str:
    return (
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
        + "</row>"
    )


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:Z99"])
def test_a_sheet_that_is_wrong_about_its_size(checked: Check, dimension: str) -> None:
    """Programs leave it as it was when rows or columns were added; what lies beyond is read all the same."""
    rows = inline("氏名", "メール", "電話番号") + "".join(
        inline(f"会員{n}", f"a{n}@example.jp", f"090-1234-000{n}") for n in range(3)
    )
    source = checked(sheet(rows, dimension), "会員.xlsx")
    found = (
        ImportRow.objects.filter(source=source)
        .order_by("number")
        .values_list("name", "phone_e164", "verdict")
    )
    assert list(found) == [(f"会員{n}", f"+8190123400{n:02}", "new") for n in range(3)]


def test_one_text_in_every_cell_costs_no_disk(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small workbook whose cells share a long text would be written out ten thousand times as large."""
    long = "<row>" + '<c t="s"><v>0</v></c>' * 300 + "</row>"
    text = "".join(random.Random(1).choices("abcdefgh", k=30_000))
    book = sheet(
        inline("氏名", "メール") + long + inline("山田", "a@example.jp"), "A1", text
    )
    with workbooks.convert_workbook(io.BytesIO(book)) as file:
        lines = file.read().decode().splitlines()
    assert [len(line.split(",")) for line in lines[:2]] == [2, 101]
    assert ({len(cell) for cell in lines[1].split(",")}, lines[-1]) == (
        {10_001},
        "山田,a@example.jp",
    )


def test_a_table_that_grows_too_large_is_refused(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert xlsx.WRITTEN == 400 << 20
    monkeypatch.setattr(workbooks, "PROGRAM", "tests.members.imports.small_xlsx")
    with pytest.raises(ValidationError) as refused:
        workbooks.convert_workbook(
            io.BytesIO(workbook(*(["会員" * 100] * 20 for _row in range(50))))
        )
    assert refused.value.messages == [
        "Excelファイルの表が大きすぎます（CSVにして400MBまで）。使わない列を削除するか、分けてください。"
    ]


def test_no_room_where_a_workbook_is_unpacked(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real device that is always full."""
    kept = workbooks.TemporaryFile
    files = iter([kept, lambda: Path("/dev/full").open("r+b")])  # noqa: SIM115
    monkeypatch.setattr(workbooks, "TemporaryFile", lambda: next(files)())
    with pytest.raises(ValidationError) as refused:
        workbooks.convert_workbook(io.BytesIO(workbook(["メール"], ["a@example.jp"])))
    assert refused.value.code == "room"


@pytest.mark.parametrize("rows", [60, 40_000])
def test_a_quote_that_nothing_closes_far_down(checked: Check, rows: int) -> None:
    """It would swallow the rest of the file without a word; a long rest is a cell too long, which is said as well."""
    lines = [f"会員{n},a{n}@example.jp" for n in range(rows)]
    lines[29] = '"' + lines[29]
    source = checked("氏名,メール\r\n" + "\r\n".join(lines))
    runner.run_job(source.job_id)
    source.refresh_from_db()
    words = {
        60: '31行目の引用符（"）が閉じられていないため、そのあとの行を読み取れません。その行の引用符を閉じるか削除して、ファイルを選び直してください。',
        40_000: '31行目に、長すぎて読み取れないセルがあります（10,000文字まで）。引用符（"）の閉じ忘れがないかを確かめ、長い文章は取り込む列から外してください。',
    }
    assert (source.state, source.note, ImportRow.objects.count()) == (
        "failed",
        words[rows],
        0,
    )


def test_quotes_that_are_closed_are_none_of_this(checked: Check) -> None:
    """Lines within a cell, doubled quotes, quotes inside of words, a last line without an end."""
    source = checked(
        '氏名,メール,備考\r\n"山田\r\n花子",a@example.jp,"15""の画面"\r\n佐藤 "太郎",b@example.jp,"あ"い\r\n高橋,c@example.jp,"う"'
    )
    assert source.counts == {"new": 3, "changed": 0, "same": 0, "wrong": 0, "left": 0}
