"""Telephone numbers: every way to write one, and what both cleaners of contacts say of a wrong one."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from members.normalize.emails import (
    clean_email,
)
from members.normalize.phones import (
    PHONE_NOISE,
    clean_phone,
    format_national_phone,
    normalize_phone,
    normalize_rare_phone,
)
from members.normalize.text import normalize_text

MOBILE = "+819012345678"
digits = st.text("0123456789", min_size=1, max_size=14)
phones = st.builds(
    lambda head, body: head + body,
    st.sampled_from(
        ["", "0", "+81", "0081", "81", "090", "060", "+810", "0120", "03", "00"]
    ),
    digits,
)


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678", "０９０－１２３４－５６７８", "090ー1234ー5678", "090・1234・5678",
        "0081 90 1234 5678", "9012345678",
        "+81 (0)90-1234-5678", "+81 90 1234 5678", "81-90-1234-5678", "携帯090-1234-5678", "\u202d090 1234 5678\u202c",
        "010-81-90-1234-5678",
    ],
)  # fmt: skip
def test_every_way_to_write_a_mobile(typed: str) -> None:
    assert normalize_phone(typed) == MOBILE


@pytest.mark.parametrize(
    "typed",
    ["", "なし", "09000000000", "011-123-4567", "090-1234-567", "110", "1" * 400],
)
def test_no_phone(typed: str) -> None:
    assert normalize_phone(typed) == ""


def test_the_other_kinds() -> None:
    assert [
        normalize_phone(t)
        for t in (
            "06012345678",
            "03-1234-5678",
            "0120-444-444",
            "050-1234-5678",
            "312345678",
        )
    ] == [
        "+816012345678",
        "+81312345678",
        "+81120444444",
        "+815012345678",
        "+81312345678",
    ]


def test_national_form() -> None:
    assert [
        format_national_phone(t) for t in (MOBILE, "+81312345678", "+12025550143", "")
    ] == [
        "090-1234-5678",
        "03-1234-5678",
        "+1 202-555-0143",
        "",
    ]


@settings(max_examples=600, deadline=None)
@given(phones)
def test_fast_phone_equals_slow_phone(text: str) -> None:
    assert normalize_phone(text) == normalize_rare_phone(
        PHONE_NOISE.sub("", normalize_text(text))
    )


@settings(max_examples=400, deadline=None)
@given(st.one_of(phones, st.text(max_size=20)))
def test_phone_is_idempotent(text: str) -> None:
    key = normalize_phone(text)
    assert normalize_phone(key) == key
    if key:
        assert normalize_phone(format_national_phone(key)) == key


def test_cleaners_name_cause_and_remedy() -> None:
    assert clean_phone(" ０９０-1234-5678 ") == "090-1234-5678"
    assert clean_email("Hanako@example.jp") == "Hanako@example.jp"
    assert (clean_phone(""), clean_email("")) == ("", "")
    with pytest.raises(ValidationError, match="市外局番から"):
        clean_phone("090-0000")
    with pytest.raises(ValidationError, match="の形で入力"):
        clean_email("hanako")
