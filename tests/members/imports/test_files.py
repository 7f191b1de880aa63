"""The sample, and an upload whose encoding or separator was guessed wrongly."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.test import Client

from members.imports.read import mapping, sample_file
from members.imports.read.columns import list_targets
from members.models import Attribute, ImportRow, Member, MemberImport
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.members.imports.conftest import guessed, page, upload

Check = Callable[..., MemberImport]
SAMPLE = "/t/sakura/members/imports/sample/"
HEADINGS = [
    "氏名", "メールアドレス", "電話番号", "会員ID", "LINEユーザーID", "生年月日", "タグ", "受信拒否（LINE）",
    "受信拒否（メール）", "購入回数",
]  # fmt: skip


@pytest.fixture
def attribute(sakura: Tenant) -> Attribute:
    return Attribute.objects.create(name="購入回数", name_key="購入回数", kind="number")


def test_the_sample_as_excel_has_a_note_at_each_heading(
    attribute: Attribute, ed: Client
) -> None:
    answer = ed.post(SAMPLE, {"format": "xlsx"})
    assert (
        answer.headers["Content-Disposition"]
        == 'attachment; filename="members-sample.xlsx"'
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert [cell.comment.text for cell in sheet[1]] == [
        column.note for column in sample_file.list_sample_columns()
    ]
    assert (
        sheet["J1"].comment.text
        == "会員情報項目。「1200」のように数字だけで入力します。"
    )
    assert (sheet["C2"].value, sheet["C2"].number_format, sheet["J2"].value) == (
        "090-1234-5678",
        "@",
        None,
    )


def test_the_sample_as_csv(attribute: Attribute, ed: Client) -> None:
    answer = ed.post(SAMPLE, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == HEADINGS
    assert rows[1][:3] == ["山田 花子", "hanako@example.jp", "090-1234-5678"]


def test_every_heading_of_the_sample_is_understood(attribute: Attribute) -> None:
    guess = mapping.guess_mapping(HEADINGS, list_targets())
    assert list(guess.values()) == [
        "name",
        "email",
        "phone",
        "id",
        "line",
        "birthday",
        "tags",
        "line_optout",
        "mail_optout",
        f"attribute:{attribute.pk}",
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_sample_can_be_taken_in_as_it_is(
    attribute: Attribute, ed: Client, checked: Check, form: str
) -> None:
    source = checked(ed.post(SAMPLE, {"format": form}).content, f"見本.{form}")
    assert (source.counts["new"], source.counts["wrong"]) == (1, 0)


def test_the_page_says_what_goes_below_each_heading(
    attribute: Attribute, ed: Client
) -> None:
    text = ed.get("/t/sakura/members/imports/new/").content.decode()
    assert [
        heading for heading in HEADINGS if f"<dt>{heading}</dt>" in text
    ] == HEADINGS
    assert "100列、1セル10,000文字、タグは200種類まで" in text


# ---------------------------------------------------------------- read anew
@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


def read_as(
    client: Client, source: MemberImport, encoding: str, delimiter: str = ","
) -> list[str]:
    sent = {"encoding": encoding, "delimiter": delimiter}
    answer = client.post(page(source, "reading/"), sent, follow=True)
    source.refresh_from_db()
    return [str(message) for message in answer.context["messages"]]


def test_a_wrong_encoding_is_put_right(
    sakura: Tenant, ed: Client, storage: Path, django_capture_on_commit_callbacks: Any
) -> None:
    """EUC-JP can often be read as Shift_JIS too, into nonsense. The copies made by the wrong guess go."""
    upload(ed, "カナ,email\r\nカトウ,a@example.jp\r\n".encode("euc_jp"))
    source = MemberImport.objects.get()
    assert (source.settings["encoding"], source.settings["header"]) == (
        "cp932",
        ["･ｫ･ﾊ", "email"],
    )
    ed.post(page(source, "columns/"), guessed(source))
    source.refresh_from_db()
    wrong = source.settings["csv"]
    assert default_storage.exists(wrong)
    with django_capture_on_commit_callbacks(execute=True):
        assert read_as(ed, source, "euc_jp") == [
            "ファイルを読み直しました。列の対応づけを確かめてください。"
        ]
    assert (source.state, source.counts, ImportRow.objects.count()) == (
        "uploaded",
        {},
        0,
    )
    assert (source.settings["header"], source.settings["mapping"]) == (
        ["カナ", "email"],
        {"カナ": "ignore", "email": "email"},
    )
    assert not default_storage.exists(wrong)
    assert AuditEntry.objects.filter(action="import.read_anew").count() == 1
    ed.post(page(source, "columns/"), guessed(source, c0="name"))
    ed.post(page(source, "load/"))
    assert list(Member.objects.values_list("name", "email_key")) == [
        ("カトウ", "a@example.jp")
    ]


def test_a_wrong_separator_is_put_right(
    sakura: Tenant, ed: Client, storage: Path
) -> None:
    upload(ed, "氏名（姓, 名, 敬称）;メール\r\n山田;a@example.jp\r\n")
    source = MemberImport.objects.get()
    assert (source.settings["delimiter"], len(source.settings["header"])) == (",", 3)
    read_as(ed, source, "utf-8", ";")
    assert source.settings["header"] == ["氏名（姓, 名, 敬称）", "メール"]


def test_what_it_is_not_is_said_and_changes_nothing(
    sakura: Tenant, ed: Client, storage: Path
) -> None:
    upload(ed, "氏名,メール\r\n山田,a@example.jp\r\n".encode("cp932"))
    source = MemberImport.objects.get()
    before = source.settings
    assert read_as(ed, source, "utf-8") == [
        "この文字コードでは読み取れません。ほかの文字コードを選んでください。"
    ]
    assert source.settings == before


def test_what_is_loaded_is_not_read_anew(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    source = checked("氏名,メール\r\n山田,a@example.jp\r\n")
    ed.post(page(source, "load/"))
    assert read_as(ed, source, "cp932") == [
        "このファイルは、いま読み直せません。状態を確かめてください。"
    ]


def test_a_file_in_utf_8_is_kept_once(
    sakura: Tenant, ed: Client, checked: Check, tmp_path: Path
) -> None:
    """Only another encoding needs a copy of the rows."""
    checked("氏名,メール\r\n山田,a@example.jp\r\n")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    source = checked("氏名,メール\r\n山田,a@example.jp\r\n".encode("cp932"))
    assert (source.settings["copied"], source.counts["new"]) == (True, 1)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3
    ed.post(page(source, "discard/"))


# ---------------------------------------------------------------- what the columns are
@pytest.mark.parametrize(
    ("values", "target"),
    [
        (["1", "2", "3"], "ignore"),
        (["C0000001", "C0000002"], "ignore"),
        (["123456789012", "123456789013"], "ignore"),
        (["bcdfghjkmnpq", "23456789bcdf"], "id"),
        (["bcdfghjkmnpq", "", "1"], "id"),
        (["", ""], "id"),
        ([], "id"),
    ],
)
def test_the_member_id_of_a_cart_is_not_ours(
    sakura: Tenant, values: list[str], target: str
) -> None:
    rows = [[value, "a@example.jp"] for value in values]
    guess = mapping.guess_mapping(["会員ID", "メール"], list_targets(), rows)
    assert guess == {"会員ID": target, "メール": "email"}


def test_a_heading_says_nothing_above_other_values(sakura: Tenant) -> None:
    header = ["メール", "電話", "誕生日", "LINE ID"]
    rows = [
        ["希望する", "未確認", "春", "@hanako"],
        ["希望しない", "なし", "秋", "@taro"],
    ]
    guess = mapping.guess_mapping(header, list_targets(), rows)
    assert list(guess.values()) == ["ignore"] * 4


def test_the_members_of_a_carts_file_come_in_by_their_address(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    source = checked(
        "会員ID,氏名,メール\r\n1,山田,a@example.jp\r\n2,佐藤,b@example.jp\r\n"
    )
    assert (source.counts["new"], source.counts["wrong"]) == (2, 0)
