"""Read order mails by two anchors a field: what is found, and what is said where nothing, or too much, is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cartsync.ordermail.presets import PRESETS
from cartsync.ordermail.reading import (
    LONGEST_READ,
    MOST_PLACES,
    Anchor,
    Pick,
    Trouble,
    prepare_text,
    read_field,
    read_mail,
    suggest_anchor,
)
from cartsync.ordermail.values import (
    MailField,
    parse_buyer,
    parse_email,
    parse_moment,
    parse_order_number,
    parse_total,
)

TOKYO = ZoneInfo("Asia/Tokyo")
F = MailField
MAIL = prepare_text(
    "【さくら本店】ご注文ありがとうございます（SK-1001）",
    """髙橋 花子　様

ご注文番号　：SK-1001
ご注文日時：2026年11月30日(月) 10時05分
お名前：髙橋 花子（タカハシ ハナコ） 様
メールアドレス
　hanako@example.jp
電話番号：０９０－１２３４－５６７８
【ご注文商品】
・美容液 30ml　1個
・化粧水 120ml　2個
----------------
お支払い合計：￥12,800（税込）

お届け先
お名前：佐藤 一郎 様
""",
)


def read(name: MailField, before: str, after: str = "", pick: Pick = Pick.NONE):  # type: ignore[no-untyped-def]
    found = read_field(MAIL, name, Anchor(before, after, pick), TOKYO)
    return found.value, found.trouble


@pytest.mark.parametrize(
    ("name", "before", "after", "value"),
    [
        (F.NUMBER, "ご注文番号", "", "SK-1001"),
        (F.NUMBER, "ありがとうございます（", "）", "SK-1001"),
        (F.ORDERED_AT, "ご注文日時：", "", datetime(2026, 11, 30, 10, 5, tzinfo=TOKYO)),
        (F.NAME, "件名：【さくら本店】ご注文ありがとうございます（SK-1001）", "様", "髙橋 花子"),
        (F.EMAIL, "メールアドレス", "", "hanako@example.jp"),
        (F.PHONE, "電話番号：", "", "090-1234-5678"),
        (F.PRODUCTS, "【ご注文商品】", "----", ["美容液 30ml 1個", "化粧水 120ml 2個"]),
        (F.PRODUCTS, "・", "", ["美容液 30ml 1個", "化粧水 120ml 2個"]),
        (F.TOTAL, "お支払い合計：", "", 12800),
    ],
)  # fmt: skip
def test_a_value_between_its_anchors(
    name: MailField, before: str, after: str, value: object
) -> None:
    assert read(name, before, after) == (value, None)


def test_what_is_not_there_says_which_anchor() -> None:
    assert read(F.NUMBER, "受注番号：") == (None, Trouble.MISSING)
    assert read(F.NUMBER, "ご注文番号", "【終】") == (None, Trouble.NO_END)
    assert read(F.TOTAL, "お名前：") == (None, Trouble.SEVERAL)
    assert read(F.TOTAL, "【ご注文商品】", "・") == (None, Trouble.MISSING)
    assert read(F.PHONE, "ご注文番号") == (None, Trouble.UNREADABLE)


def test_two_places_are_said_unless_one_is_chosen() -> None:
    assert read(F.NAME, "お名前：") == (None, Trouble.SEVERAL)
    assert read(F.NAME, "お名前：", "", Pick.FIRST) == ("髙橋 花子", None)
    assert read(F.NAME, "お名前：", "", Pick.LAST) == ("佐藤 一郎", None)


def test_the_same_value_at_two_places_is_one_value() -> None:
    text = prepare_text("", "番号：A-1\n\n番号：A-1")
    assert read_field(text, F.NUMBER, Anchor("番号："), TOKYO).value == "A-1"


def test_a_mail_needs_one_field_of_each_set() -> None:
    anchors = {F.NUMBER: Anchor("ご注文番号"), F.EMAIL: Anchor("アドレスなし：")}
    needed = (frozenset({F.NUMBER}), frozenset({F.EMAIL}))
    assert read_mail(MAIL, anchors, TOKYO, needed).missing == (F.EMAIL,)
    either = (frozenset({F.NUMBER, F.EMAIL}),)
    assert read_mail(MAIL, anchors, TOKYO, either).missing == ()
    nothing = read_mail(MAIL, {}, TOKYO, either)
    assert nothing.missing == (F.NUMBER, F.EMAIL)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026/11/30 10:05:12", (2026, 11, 30, 10, 5, 12)),
        ("2026-11-30 10:05", (2026, 11, 30, 10, 5, 0)),
        ("２０２６年１１月３０日（月）　１０時０５分１２秒", (2026, 11, 30, 10, 5, 12)),
        ("2026年 1月 2日 午後3:04", (2026, 1, 2, 15, 4, 0)),
        ("午前0:30 ではなく 2026.1.2 午前0:30", (2026, 1, 2, 0, 30, 0)),
        ("令和8年11月30日", (2026, 11, 30, 0, 0, 0)),
        ("令和元年5月1日", (2019, 5, 1, 0, 0, 0)),
        ("R8.11.30", (2026, 11, 30, 0, 0, 0)),
    ],
)
def test_moments(text: str, moment: tuple[int, ...]) -> None:
    assert parse_moment(text, TOKYO) == datetime(*moment, tzinfo=TOKYO)  # type: ignore[arg-type,misc]


def test_what_is_no_moment() -> None:
    for text in ("", "11月30日", "2026/13/40", "2026/1/2 25:00"):
        assert parse_moment(text, TOKYO) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("山田 花子 様", "山田 花子"),
        ("山田　花子様", "山田 花子"),
        ("山田 花子 (ヤマダ ハナコ) 様", "山田 花子"),
        ("山田花子（ヤマダハナコ）", "山田花子"),
        ("山田さま", "山田"),
        ("様", ""),
    ],
)
def test_names_lose_the_honorific(text: str, name: str) -> None:
    assert parse_buyer(text) == name


def test_addresses_numbers_and_amounts() -> None:
    masked = "a1b2c3d4e5f6g7h8s1@fw.rakuten.ne.jp"
    assert parse_email(f"「{masked}」") == masked
    assert parse_email("<mailto:hanako..h@docomo.ne.jp>") == "hanako..h@docomo.ne.jp"
    assert parse_email("hanako@") == ""
    assert parse_order_number("[12345-20261130-0001]") == "12345-20261130-0001"
    assert parse_order_number("＃１００１") == "1001"
    assert (parse_order_number("A 1"), parse_order_number("9" * 61)) == ("", "")
    assert parse_total("￥12,800（税込）") == 12800
    assert (parse_total("１，２００円"), parse_total("無料")) == (1200, None)


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        ("SK-1001", "件名：【さくら本店】ご注文ありがとうございます（", "）"),
        ("2026年11月30日(月) 10時05分", "ご注文日時：", ""),
        ("hanako@example.jp", "メールアドレス", ""),
        ("・美容液 30ml　1個\n・化粧水 120ml　2個", "【ご注文商品】", "----------------"),
        ("12,800", "お支払い合計：￥", "（税込）"),
    ],
)  # fmt: skip
def test_anchors_made_of_a_copied_value_read_it(
    value: str, before: str, after: str
) -> None:
    anchor = suggest_anchor(MAIL, value)
    assert anchor == Anchor(before, after)
    found = read_field(MAIL, F.PRODUCTS, anchor, TOKYO)
    assert found.trouble is None


def test_a_value_that_is_not_in_the_sample_makes_no_anchors() -> None:
    assert suggest_anchor(MAIL, "SK-9999") is None
    assert suggest_anchor(MAIL, " ") is None


def test_every_preset_has_the_fields_it_needs() -> None:
    assert len(PRESETS) == 14
    assert [preset.key for preset in PRESETS if F.NUMBER not in preset.anchors] == []
    assert [preset.key for preset in PRESETS if preset.kind == "shipped"] == ["amazon"]


def test_a_mail_that_is_all_anchors_is_read_at_so_many_places_at_most() -> None:
    text = prepare_text("", "番号：" * 30_000)
    assert len(text) == LONGEST_READ
    found = read_field(text, F.NUMBER, Anchor("番", "："), TOKYO)
    assert (len(found.spans), found.value) == (MOST_PLACES, "号")
