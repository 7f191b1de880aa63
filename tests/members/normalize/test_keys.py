import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from members.normalize import keys as n

MOBILE = "+819012345678"
digits = st.text("0123456789", min_size=1, max_size=14)
phones = st.builds(
    lambda head, body: head + body,
    st.sampled_from(
        ["", "0", "+81", "0081", "81", "090", "060", "+810", "0120", "03", "00"]
    ),
    digits,
)
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
    "typed",
    [
        "090-1234-5678", "０９０－１２３４－５６７８", "090ー1234ー5678", "090・1234・5678",
        "0081 90 1234 5678", "9012345678",
        "+81 (0)90-1234-5678", "+81 90 1234 5678", "81-90-1234-5678", "携帯090-1234-5678", "\u202d090 1234 5678\u202c",
        "010-81-90-1234-5678",
    ],
)  # fmt: skip
def test_every_way_to_write_a_mobile(typed: str) -> None:
    assert n.normalize_phone(typed) == MOBILE


@pytest.mark.parametrize(
    "typed",
    ["", "なし", "09000000000", "011-123-4567", "090-1234-567", "110", "1" * 400],
)
def test_no_phone(typed: str) -> None:
    assert n.normalize_phone(typed) == ""


def test_the_other_kinds() -> None:
    assert [
        n.normalize_phone(t)
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
        n.format_national_phone(t) for t in (MOBILE, "+81312345678", "+12025550143", "")
    ] == [
        "090-1234-5678",
        "03-1234-5678",
        "+1 202-555-0143",
        "",
    ]


@settings(max_examples=600, deadline=None)
@given(phones)
def test_fast_phone_equals_slow_phone(text: str) -> None:
    assert n.normalize_phone(text) == n.normalize_rare_phone(
        n.PHONE_NOISE.sub("", n.normalize_text(text))
    )


@settings(max_examples=400, deadline=None)
@given(st.one_of(phones, st.text(max_size=20)))
def test_phone_is_idempotent(text: str) -> None:
    key = n.normalize_phone(text)
    assert n.normalize_phone(key) == key
    if key:
        assert n.normalize_phone(n.format_national_phone(key)) == key


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
    assert n.normalize_email(typed) == key


@settings(max_examples=600, deadline=None)
@given(emails)
def test_fast_email_equals_slow_email(text: str) -> None:
    address = n.normalize_text(text).lower()
    local, _, domain = address.rpartition("@")
    assert n.normalize_email(text) == (
        n.normalize_carrier_email(local, domain) or n.normalize_rare_email(address)
    )


@settings(max_examples=400, deadline=None)
@given(emails)
def test_email_is_idempotent(text: str) -> None:
    key = n.normalize_email(text)
    assert n.normalize_email(key) == key


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
    assert n.suggest_email(typed) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋　花子", "高橋花子"), ("渡邉 﨑", "渡辺崎"), ("齋藤", "斉藤"), ("濵田", "浜田"), ("𠮷野", "吉野"),
        ("廣瀨", "広瀬"),
        ("葛\U000e0100城", "葛城"), ("ﾔﾏﾀﾞ ﾊﾅｺ", "やまだはなこ"), ("ジョン・スミス", "ジョンスミス"),
        ("SATO", "ｓａｔｏ"), ("㈱山田", "(株)山田"),
    ],
)  # fmt: skip
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert n.normalize_name(one) == n.normalize_name(other) != ""


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
def test_names_are_idempotent(text: str) -> None:
    assert n.normalize_name(n.normalize_name(text)) == n.normalize_name(text)
    assert n.normalize_label(n.normalize_label(text)) == n.normalize_label(text)


def test_cleaners_name_cause_and_remedy() -> None:
    assert n.clean_phone(" ０９０-1234-5678 ") == "090-1234-5678"
    assert n.clean_email("Hanako@example.jp") == "Hanako@example.jp"
    assert (n.clean_phone(""), n.clean_email("")) == ("", "")
    with pytest.raises(ValidationError, match="市外局番から"):
        n.clean_phone("090-0000")
    with pytest.raises(ValidationError, match="の形で入力"):
        n.clean_email("hanako")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10〜20代", "10～20代"), ("10〜20代", "10~20代"), ("A−B", "A－B"), ("‖", "∥"), ("—", "―"),
        ("¢£¬", "￠￡￢"),
    ],
)  # fmt: skip
def test_signs_that_look_the_same_are_one_key(one: str, other: str) -> None:
    assert n.normalize_label(one) == n.normalize_label(other)
    assert n.normalize_name(one) == n.normalize_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三ヶ島", "三ケ島"), ("八ヵ岳", "八カ岳"), ("スタ－", "スター"), ("ﾍﾝﾘ－", "ヘンリー"),
        ("らーめん", "らｰめん"), ("すた−", "スター"),
        ("スタ‐", "スター"), ("すた–", "スター"), ("アン-マリー", "アンマリー"),
    ],
)  # fmt: skip
def test_names_that_are_written_in_two_ways(one: str, other: str) -> None:
    assert n.normalize_name(one) == n.normalize_name(other)


@pytest.mark.parametrize(
    "typed",
    [
        "7½ 10²㎡ ①㈱",
        "👨‍👩‍👧家族",
        "推し❤️‍🔥",
        "🏳️‍🌈レインボー",
        "神﨑 髙",
        "〓",
        "ﾊﾝｶｸ ＡＢＣ",
        "葛󠄀城",
    ],
)
def test_kept_text_stays_as_typed(typed: str) -> None:
    assert n.clean_typed_text(f" \u200b{typed}\ufeff\u3000\0") == typed
