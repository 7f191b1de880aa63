"""Numbers and codes as people type them and spreadsheets show them."""

import pytest

from members.normalize.files.excel_errors import is_error_word
from members.normalize.files.number_formats import parse_code_format, show_code
from members.normalize.numbers import clean_number

POSTAL = "[<=999]000;[<=9999]000\\-00;000\\-0000"
PHONE = "[<=99999999]####\\-####;\\(00\\)\\ ####\\-####"


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("1200", "1200"), ("1,200", "1200"), ("１，２００円", "1200"), ("￥1,200 円", "1200"), ("-3.5", "-3.5"),
        ("−3", "-3"), ("△1,200", "-1200"), ("▲ 5", "-5"), ("(1,200.5)", "-1200.5"), ("（300）円", "-300"),
        ("+7", "7"), ("¥-1,200", "-1200"), ("1 200 000", "1200000"), ("3回", "3"), (".5", ".5"), ("5.", "5."),
        ("1,2,3", ""), ("1.200,50", ""), ("12,00", ""), ("1,2000", ""), ("", ""), ("-", ""), ("1-2", ""), ("--1", ""),
        ("(1", ""), ("1)", ""), ("(-1)", ""), ("1e5", ""), ("nan", ""), ("1_000", ""), ("3回目", ""), ("９" * 41, ""),
    ],
)  # fmt: skip
def test_one_number(typed: str, cleaned: str) -> None:
    assert clean_number(typed) == cleaned


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("00000", 123, "00123"), ("00000", 1234567, "1234567"), ("00000", 0, "00000"), ("00000", -5, "-5"),
        ("000\\-0000", 1500001, "150-0001"), ('"No."0000', 7, "No.0007"), ("[Red]00000", 123, "00123"),
        ("[$-411]00000", 123, "00123"), ("0000000_ ", 600001, "0600001"), ("* 0000", 7, "0007"),
        ("000/0000", 30123, "003/0123"), ("00000;-00000;00000;@", 42, "00042"),
        (POSTAL, 600001, "060-0001"), (POSTAL, 60, "060"), (POSTAL, 6001, "060-01"), (POSTAL, 1500001, "150-0001"),
        (PHONE, 312345678, "(03) 1234-5678"), (PHONE, 12345678, "1234-5678"),
        ("[>=1000]0000;000", 5, "005"), ("000;;\"なし\"", 0, "なし"),
    ],
)  # fmt: skip
def test_a_code_keeps_its_zeros(code: str, number: int, shown: str) -> None:
    assert show_code(number, parse_code_format(code)) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0",
        "#,##0",
        "0.00",
        "#,##0.00_);[Red](#,##0.00)",
        "0%",
        "00.00",
        "yyyy/mm/dd",
        '0"円"',
        "@",
    ],
)
def test_other_formats_show_numbers(code: str) -> None:
    assert parse_code_format(code) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#N/A", True), ("#n/a", True), ("＃Ｎ／Ａ", True), (" #ref! ", True), ("#REF!", True), ("#数式の値なし", True),
        ("#1", False), ("N/A", False), ("", False), ("#N/Aです", False),
    ],
)  # fmt: skip
def test_words_of_errors(text: str, found: bool) -> None:
    assert is_error_word(text) == found
