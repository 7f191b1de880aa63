"""Mail addresses: how they are matched, repaired and refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.normalize.emails import (
    normalize_carrier_email,
    normalize_email,
    normalize_rare_email,
    suggest_email,
)
from members.normalize.text import normalize_text

locals_ = st.text("abz019.-_+\"' é", min_size=0, max_size=12)


domains = st.sampled_from(
    [
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "gmail.com",
        "例え.jp",
        "a..b",
        "x.test",
        "ex--ample.jp",
        "xn--r8jz45g.jp",
        "-a.jp",
        "a_b.jp",
    ]
)


emails = st.one_of(
    st.builds(lambda a, b: f"{a}@{b}", locals_, domains),
    st.emails(),
    st.text(max_size=30),
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" Ｈanako＠Example.JP　", "hanako@example.jp"),
        ("\u200bhanako@example.jp\ufeff", "hanako@example.jp"),
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
        ('"a..b"@docomo.ne.jp', "a..b@docomo.ne.jp"),
        (".a.@EZWEB.ne.jp", ".a.@ezweb.ne.jp"),
        ("a..b@gmail.com", ""),
        ("a.@example.jp", ""),
        ("..@docomo.ne.jp", ""),
        ("user@例え.jp", "user@xn--r8jz45g.jp"),
        ("hanako", ""), ("@example.jp", ""), ("a@b", ""), ("a b@example.jp", ""), ("", ""),
        ("a@b.test", ""),
        ("x" * 250 + "@example.jp", ""),
    ],
)  # fmt: skip
def test_email_key(typed: str, key: str) -> None:
    assert normalize_email(typed) == key


@settings(max_examples=600, deadline=None)
@given(emails)
def test_fast_email_equals_slow_email(text: str) -> None:
    address = normalize_text(text).lower()
    local, _, domain = address.rpartition("@")
    assert normalize_email(text) == (
        normalize_carrier_email(local, domain) or normalize_rare_email(address)
    )


@settings(max_examples=400, deadline=None)
@given(emails)
def test_email_is_idempotent(text: str) -> None:
    key = normalize_email(text)
    assert normalize_email(key) == key


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@gmial.com", "a@gmail.com"), ("a@gmai.com", "a@gmail.com"), ("a@gamil.com", "a@gmail.com"),
        ("a@gmail.co.jp", "a@gmail.com"), ("a@yahoo.co.jo", "a@yahoo.co.jp"), ("a@yaho.co.jp", "a@yahoo.co.jp"),
        ("a@docomo.co.jp", "a@docomo.ne.jp"), ("a@ezweb.co.jp", "a@ezweb.ne.jp"), ("a@iclod.com", "a@icloud.com"),
        ("a@hotmial.com", "a@hotmail.com"),
        ("a@gmail.com", None), ("a@ymail.com", None), ("a@mail.com", None), ("a@example.jp", None), ("gmial.com", None),
    ],
)  # fmt: skip
def test_suggestions(typed: str, meant: str | None) -> None:
    assert suggest_email(typed) == meant
