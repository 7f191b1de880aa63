"""What is copied out of spreadsheets and carts: columns of numbers, short rows, ids of others, days with errors."""

import pytest
from django.core.exceptions import ValidationError

from members.models import ValueList
from members.valuelists.files import decode_list_file, extract_value_column
from members.valuelists.parse import parse_value_list
from tests.members.imports.test_spreadsheets import book, number, row, text

KIND = ValueList.Field


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("11,370\n83,380", ["11370", "83380"]),
        ("11,370\r\n83,380\r\n", ["11370", "83380"]),
        ("１１，３７０\n980\n¥1,200,000", ["11370", "980", "1200000"]),
        ("1,200円\n-1,500.5\n", ["1200", "-1500.5"]),
        ("100,200,300", ["100", "200", "300"]),
        ("100,200\n300,4", ["100", "200", "300", "4"]),
        ("1,200円、3,400円", ["1200", "3400"]),
        ("金額\n11,370\n83,380", ["11370", "83380"]),
        ("金額\n11,370", ["11370"]),
        ("11,370\n-\n\n83,380", ["11370", "83380"]),
        ("11,370\n#N/A\n未定\n83,380", ["11370", "83380"]),
        ("11,370 円\n83,380 円", ["11370", "83380"]),
        ("11,370 円", ["11370"]),
        ("△1,200\n3,400", ["-1200", "3400"]),
        ("(1,200)\n3,400", ["-1200", "3400"]),
        ('"11,370"\r\n"83,380"\r\n', ["11370", "83380"]),
        ("101,102,103\n104,105,106", ["101", "102", "103", "104", "105", "106"]),
    ],
)
def test_numbers_out_of_a_column(typed: str, keys: list[str]) -> None:
    for as_table in (True, False):
        column = extract_value_column(typed, KIND.NUMBER, as_table)
        if as_table and keys[0] in ("100", "101"):
            continue  # an uploaded table of two columns
        assert parse_value_list(column, KIND.NUMBER).keys == keys


@pytest.mark.parametrize(
    ("table", "field", "found"),
    [
        ("氏名,メール,備考\n短一,a@example.jp\n短二,b@example.jp,あり\n短三,c@example.jp",
         KIND.EMAIL, "メール\na@example.jp\nb@example.jp\nc@example.jp"),
        ("顧客ID,氏名,備考\n101,短一\n102,短二,あり", KIND.CUSTOMER_ID, "顧客ID\n101\n102"),
        ("sep=;\n氏名;メール\n区切;a@example.jp", KIND.EMAIL, "メール\na@example.jp"),
        ("会員ID,ID\n1,bcdfghjkmnpq\n2,23456789bcdf", KIND.MEMBER, "ID\nbcdfghjkmnpq\n23456789bcdf"),
        ("氏名,メール\r\n改行\r一,a@example.jp\r\n二,b@example.jp", KIND.EMAIL, "メール\na@example.jp\nb@example.jp"),
        ("2026年11月 名簿,\n氏名,メール\n題,a@example.jp", KIND.EMAIL, "メール\na@example.jp"),
        ("2026年11月 名簿\n\n顧客ID,氏名\n101,題\n102,目", KIND.CUSTOMER_ID, "顧客ID\n101\n102"),
        ("sep=,\na@example.jp\nb@example.jp", KIND.EMAIL, "a@example.jp\nb@example.jp"),
        ("a@example.jp\n氏名,b@example.jp", KIND.EMAIL, "a@example.jp\n氏名,b@example.jp"),
        ("101,102\n103", KIND.CUSTOMER_ID, "101,102\n103"),
        ("会員名簿,作成日 2026/11/22\n\n顧客ID,氏名\n101,題", KIND.CUSTOMER_ID, "顧客ID\n101"),
        ("会員名簿,2026/11/22\n氏名,顧客ID\n題,A-1\n目,A-2", KIND.CUSTOMER_ID, "顧客ID\nA-1\nA-2"),
        ("sep=|\n氏名|メール\n縦|a@example.jp", KIND.EMAIL, "メール\na@example.jp"),
        ("顧客ID,氏名\n101,長一,あり,\n102,長二", KIND.CUSTOMER_ID, "顧客ID\n101\n102"),
        ("101,短一,あり\n102,短二\n103", KIND.CUSTOMER_ID, "101\n102\n103"),
        ("お名前,会員番号,備考\n短一,A1\n短二,A2,あり", KIND.NAME, "お名前\n短一\n短二"),
        ("メール\r一@example.jp\ra@example.jp\n", KIND.EMAIL, "メール\n一@example.jp\na@example.jp"),
        ('氏名,金額\n一,"11,370 円"\n二,-\n三,"1,2"', KIND.NUMBER, "氏名\n一\n二\n三"),
        ('備考,数値\n一,"11,370 円"\n二,-\n三,"1,2"', KIND.NUMBER, "数値\n11370\n1_2"),
    ],
)  # fmt: skip
def test_the_column_with_the_values(table: str, field: str, found: str) -> None:
    assert extract_value_column(table, field) == found


def test_the_member_ids_of_a_cart_are_not_ours() -> None:
    assert parse_value_list("1\n2\n#N/A\n#REF!", KIND.CUSTOMER_ID).keys == ["1", "2"]


def test_a_workbook_is_read_as_excel_shows_it() -> None:
    hidden = row(text("x"))
    codes = (
        row(text("顧客番号")) + row(number(123, 3)) + row('<c t="e"><v>#N/A</v></c>')
    )
    assert decode_list_file(book(hidden, codes, hidden=1)) == "顧客番号\n00123\n"


def test_a_formula_without_a_value_is_no_value() -> None:
    rows = row(text("氏名"), text("備考")) + row("<c><f>A9</f><v/></c>", text("あり"))
    column = extract_value_column(decode_list_file(book(rows)), KIND.NAME)
    found = parse_value_list(column, KIND.NAME)
    assert (found.keys, found.wrong) == (["氏名"], ["#数式の値なし"])


@pytest.mark.parametrize("encoding", ["euc_jp", "cp932", "utf-8", "utf-16"])
def test_lists_in_any_encoding(encoding: str) -> None:
    words = "氏名,備考\n山田 花子,りんごの木\n"
    assert decode_list_file(words.encode(encoding)) == words
    assert decode_list_file("ﾔﾏﾀﾞ\n".encode("cp932")) == "ﾔﾏﾀﾞ\n"


@pytest.mark.parametrize(
    "data", [b"<html><table><tr>", b"\xd0\xcf\x11\xe0" + b"\0" * 600]
)
def test_other_formats_are_refused_by_their_name(data: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        decode_list_file(data)
    assert refused.value.code in ("html", "old_excel")
