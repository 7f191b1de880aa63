"""The values of a pasted text or an uploaded file: split, normalized, without repeats.

A million of them pass through here, so the code works on whole texts and whole lists, hardly ever on single values.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import PhoneMetadata

from members.models import ValueList
from members.normalize.emails import SPECIAL, normalize_email
from members.normalize.files.excel_errors import is_error_word
from members.normalize.lines import compile_lines
from members.normalize.names import normalize_name
from members.normalize.numbers import UNITS, clean_number
from members.normalize.phones import PHONE_NOISE, normalize_phone
from members.normalize.text import INVISIBLE, SAME_SIGNS
from members.valuelists.number_columns import read_number_column
from tenants.fields import ALPHABET

MOST = 1_000_000
LONGEST = 254
QUOTES = "\"'"
Normalizer = Callable[[list[str]], list[str]]
KIND = ValueList.Field
# The most common form of address, which is part of what keys.ORDINARY_EMAIL takes. The parts of its domain end in a dot
# or a hyphen, the last one in a dot: one loop takes them in three quarters of the time of a loop within a loop.
LETTERS = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
COMMON_EMAILS = compile_lines(
    rf"(?!.{{64}}){LETTERS}(?:\.{LETTERS})*@(?:[a-z0-9]+[.-])+(?<=\.)(?!{SPECIAL}$)[a-z]{{2,}}"
)


@dataclass(frozen=True)
class ParsedValues:
    """``keys`` are without repeats and in the order given; given = len(keys) + duplicate + invalid.

    ``wrong``: the unusable values, without repeats.
    """

    keys: list[str]
    given: int
    duplicate: int
    invalid: int
    wrong: list[str]


def parse_value_list(text: str, field: str = KIND.EMAIL) -> ParsedValues:
    """Split the text at commas, semicolons, tabs, newlines and 、 of any width, and normalize each value.

    Blanks divide values too, but not names and other texts. Raise ValidationError for more than 1,000,000 values.
    """
    text = (
        text
        if text.isascii()
        else unicodedata.normalize("NFKC", text).translate(INVISIBLE)
    )
    if field == KIND.TEXT:
        text = text.translate(SAME_SIGNS)
    if field == KIND.NUMBER:
        text = _take_commas_out(text)
    given = SPLITTERS.get(field, _split_at_blanks)(
        text.lower() if field in (KIND.EMAIL, KIND.MEMBER) else text
    )
    repeats = list(dict.fromkeys(given))
    if len(repeats) > MOST:
        raise build_too_many_error()
    made = NORMALIZERS[field](repeats)
    if made is repeats:
        return ParsedValues(made, len(given), len(given) - len(made), 0, [])
    wrong = [value for value, key in zip(repeats, made, strict=True) if not key]
    keys = list(dict.fromkeys(made))
    if wrong:
        keys.remove("")
    invalid = sum(map(frozenset(wrong).__contains__, given)) if wrong else 0
    return ParsedValues(
        keys, len(given), len(given) - invalid - len(keys), invalid, wrong
    )


def build_too_many_error() -> ValidationError:
    return ValidationError(
        _("100万件を超える値は検索できません。100万件以下に分けてください。"),
        code="too_many",
    )


# ---------------------------------------------------------------- where one value ends
def _split_at_blanks(text: str) -> list[str]:
    return _replace_marks(text, ",;、\0", " ").split()


# 「12,800円」「¥12,800」「"12,800"」 are one number; 「100,200,300」 are three, because commas divide values.
THOUSANDS = re.compile(
    rf"""(?<=[¥\\$"'△▲])\d{{1,3}}(?:,\d{{3}})+(?!\d)|(?<![\d,.])\d{{1,3}}(?:,\d{{3}})+(?= ?[{UNITS}])"""
)
BLANK_BEFORE_UNIT = re.compile(rf"(?<=\d) (?=[{UNITS}](?:[\s,;、]|\Z))")


def _take_commas_out(text: str) -> str:
    """Return the text without the commas that stand between thousands, and without blanks before a unit."""
    if (column := read_number_column(text)) is not None:
        return "\n".join(column)
    text = THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    return BLANK_BEFORE_UNIT.sub("", text)


def _split_at_marks(text: str) -> list[str]:
    """Split at punctuation and line ends, but not at blanks: names have them."""
    lines = _replace_marks(text, ",;、\t\r\0\v\f", "\n").split("\n")
    return [value for value in map(str.strip, lines) if value]


def _split_phones(text: str) -> list[str]:
    """Split telephone numbers: 「090 1234 5678」 is one, 「09012345678 09087654321」 are two."""
    values: list[str] = []
    for value in _split_at_marks(text):
        if " " in value and not normalize_phone(value):
            values += value.split()
        else:
            values.append(value)
    return values


def _replace_marks(text: str, marks: str, by: str) -> str:
    for mark in marks:
        text = text.replace(mark, by)
    return text


# ---------------------------------------------------------------- one form for each
def _normalize_emails(values: list[str]) -> list[str]:
    """Return ``normalize_email`` of each value; the values already have one width and case.

    One pattern takes out the ordinary ones all at once: asking for a million one by one took ten times as long.
    """
    rest = COMMON_EMAILS.sub("", "\n".join(values) + "\n")
    unusual = {
        value: _normalize_unusual_email(value) for value in rest.split("\n") if value
    }
    return [unusual.get(value, value) for value in values] if unusual else values


def _normalize_unusual_email(value: str) -> str:
    return (
        (normalize_email(value) or normalize_email(value.strip("\"'<>()")))
        if "@" in value
        else ""
    )


def normalize_phones(values: list[str]) -> list[str]:
    """Return ``normalize_phone`` of each value.

    The Japanese numbers are done all at once: the library does only 50,000 a second.
    """
    if not values:
        return []
    lines = PHONE_NOISE_INSIDE.sub("", "\n".join(values))
    lines = JAPANESE_PHONE.sub("=+81", lines)
    return [
        line[1:] if line.startswith("=+") else normalize_phone(line.strip(QUOTES))
        for line in lines.split("\n")
    ]


def _build_japanese_phone_pattern() -> str:
    """Return the pattern of mobile numbers, and of fixed lines as in the library's own metadata."""
    japan = PhoneMetadata.metadata_for_region("JP")
    assert japan and japan.fixed_line
    fixed = japan.fixed_line
    lengths = "|".join(f"[0-9]{{{length}}}" for length in fixed.possible_length)
    return rf"(?:[6789]0[1-9][0-9]{{7}}|(?=(?:{lengths})$)(?:{fixed.national_number_pattern}))"


PHONE_NOISE_INSIDE = re.compile(PHONE_NOISE.pattern.replace(r"\s", r" \t\u3000\"'"))
# Only what stands before the number is replaced, in two thirds of the time that putting a group back took.
JAPANESE_PHONE = re.compile(
    rf"^(?:0|\+81|0081)(?={_build_japanese_phone_pattern()}$)", re.M
)


def _normalize_each(key: Callable[[str], str], values: Iterable[str]) -> list[str]:
    return [key(value) for value in values]


def _strip_quotes(values: list[str]) -> list[str]:
    return [
        "" if len(value) > LONGEST or is_error_word(value) else value.strip(QUOTES)
        for value in values
    ]


def _normalize_quoted_name(value: str) -> str:
    return "" if is_error_word(value) else normalize_name(value.strip(QUOTES))


def _normalize_number(value: str) -> str:
    """Return "12800" for 「12800円」 and 「¥12800」, or "" when it is no number; the commas are gone by now."""
    cleaned = clean_number(value.strip(QUOTES))
    if not cleaned or not math.isfinite(found := float(cleaned)):
        return ""
    return repr(int(found) if found.is_integer() else found)


NORMALIZERS: dict[str, Normalizer] = {
    KIND.EMAIL: _normalize_emails,
    KIND.PHONE: normalize_phones,
    KIND.NAME: partial(_normalize_each, _normalize_quoted_name),
    KIND.NUMBER: partial(_normalize_each, _normalize_number),
    KIND.CUSTOMER_ID: _strip_quotes,
    KIND.CUSTOMER_NUMBER: _strip_quotes,
    KIND.MEMBER: _strip_quotes,
    KIND.TEXT: _strip_quotes,
}
SPLITTERS: dict[str, Callable[[str], list[str]]] = {
    KIND.PHONE: _split_phones,
    KIND.NAME: _split_at_marks,
    KIND.TEXT: _split_at_marks,
}


# ---------------------------------------------------------------- which kind they are
def guess_value_kind(text: str) -> str:
    """Guess the kind of the values from the first ones. A table may have other columns beside its addresses."""
    head = unicodedata.normalize("NFKC", text[:4_000])
    sample = _split_at_blanks(head)[:50]
    if sum("@" in value for value in sample) * 8 >= max(len(sample), 8):
        return KIND.EMAIL
    lines = [value for value in _split_phones(head)[:50] if value]
    if sum(map(bool, normalize_phones(lines))) * 2 >= len(lines):
        return KIND.PHONE
    return KIND.MEMBER if has_public_ids(head) else KIND.CUSTOMER_ID


PUBLIC_ID = re.compile(f"[{ALPHABET}]{{12}}")


def has_public_ids(text: str) -> bool:
    """Return whether most values are our own ids, or most rows below the headings have one: a file that we wrote."""
    rows = [
        list(map(_is_public_id, _split_at_blanks(row))) for row in text.splitlines()
    ]
    rows = [row for row in rows if row]
    values = [value for row in rows for value in row]
    if len(rows) > 1 and sum(map(any, rows)) * 2 > len(rows) - 1:
        return True
    return sum(values) * 2 >= len(values)


def _is_public_id(value: str) -> bool:
    return bool(PUBLIC_ID.fullmatch(value))
