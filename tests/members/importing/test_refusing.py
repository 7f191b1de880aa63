# ruff: noqa: E501  (what the operator reads stands here in one piece)
"""Files that cannot be taken in: each is refused with its cause and remedy, and nothing is kept."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client

from console import jobs
from members.importing import workbooks
from members.models import ImportRow, Member, MemberImport
from tenants.models import Tenant
from tests.members.importing.conftest import upload

Check = Callable[..., MemberImport]


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_zip", ".zip"), content)
    return file.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


FORTY_MORE = ",".join(f"列{n}" for n in range(140))
REFUSED = {
    "nothing": (b"", "ファイルが空です。会員の入ったCSVかExcelファイルを選んでください。"),
    "header only": ("氏名,メール\r\n".encode(), "見出しの行しかありません。2行目から会員を1行に1名ずつ入れてください。"),
    "no header": (b",,\r\na,b,c\r\n", "1行目に見出しがありません。1行目に「氏名」「メールアドレス」などの列の名前を入れてください。"),
    "two alike": ("メール,氏名,メール\r\na,b,c\r\n".encode(), "見出し「メール」の列が2つ以上あります。どちらかの名前を変えるか、削除してください。"),
    "40 columns too many": (f"{FORTY_MORE}\r\na\r\n".encode(), "列が140列あります。取り込めるのは100列までです。使わない列を削除してください。"),
    "NUL": ("氏名,メール\r\n山\0田,a@example.jp\r\n".encode(), "ファイルにNUL文字（表示されない文字）が含まれているため、読み取れません。CSVで保存し直してください。画像やExcel以外の形式でないかも確かめてください。"),
    "no encoding": (b"name,mail\r\n\xff\xfe\xfd\x81,a@example.jp\r\n", "ファイルの文字コードを読み取れません。「CSV UTF-8」またはShift_JISのCSVで保存し直してください。"),
    "1 MB cell": (b"name,email\r\n" + b"x" * 1_000_000 + b",a@example.jp\r\n", "1つのセルが長すぎて読み取れません（10,000文字まで）。引用符（\"）の閉じ忘れがないかを確かめ、長い文章は取り込む列から外してください。"),
    "old Excel": (b"\xd0\xcf\x11\xe0" + b"\1" * 100, "古い形式かパスワードの付いたExcelファイルです。パスワードを外し、「.xlsx」で保存し直してください。"),
    "broken Excel": (b"PK\x03\x04" + b"\1" * 100, "Excelファイルが壊れているため、読み取れません。Excelで開いて保存し直すか、「CSV UTF-8」で保存してください。"),
    "zip bomb": (zipped(xl__workbook_xml=b"0" * 30_000_000), "展開すると大きくなりすぎるExcelファイルです（展開後200MBまで）。「CSV UTF-8」で保存し直してください。"),
    "nested zip": (zipped(xl__workbook_xml=b"<a/>", inner_zip=b"x"), "中に別の圧縮ファイルが入っています。表だけのExcelファイルにするか、「CSV UTF-8」で保存し直してください。"),
    "no workbook": (zipped(word__document_xml=b"<a/>"), "Excelファイル（.xlsx）ではありません。CSVか「.xlsx」のファイルを選んでください。"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_with_cause_and_remedy(sakura: Tenant, ed: Client, kind: str) -> None:
    data, words = REFUSED[kind]
    answer = upload(ed, data, "members.csv")
    assert (answer.status_code, answer.context["form"].errors["file"]) == (422, [words])
    assert (MemberImport.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_too_large(sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.forms_import.MOST_BYTES", 1 << 20)
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
    assert [(row.number, row.name, row.phone_e164, str(row.birthday), row.verdict) for row in rows] == [
        (2, "山田 花子", "+819012345678", "1985-11-22", "new"), (4, "", "+819011112222", "None", "new"),
    ]  # fmt: skip


def test_more_rows_than_a_workbook_may_have(checked: Check, sakura: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 25)
    source = checked(workbook(["メール"], *([f"a{n}@example.jp"] for n in range(30))), "会員.xlsx")
    jobs.run(source.job_id)
    source.refresh_from_db()
    assert (source.state, source.note) == (
        "failed",
        "Excelファイルは25行まで取り込めます。それより多いときは「CSV UTF-8」で保存し直してください。",
    )
    assert (ImportRow.objects.count(), Member.objects.count()) == (0, 0)
