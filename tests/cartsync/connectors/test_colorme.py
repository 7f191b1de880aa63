"""What is special to カラーミーショップ: its states, its times, and what it finds customers by."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cartsync.connectors.base import Key, Resource, Window
from cartsync.connectors.colorme import (
    API,
    Colorme,
    parse_colorme_customer,
    parse_colorme_order,
)
from outbound.errors import GiveUp, TryLater
from tests.cartsync.connectors.fake_colorme import ColormeShape
from tests.cartsync.connectors.fakes import START, Server, make_people


@pytest.fixture
def shape() -> Iterator[ColormeShape]:
    found = ColormeShape()
    found.people = make_people(3)
    with Server(found):
        yield found


def connect(shape: ColormeShape) -> Colorme:
    return Colorme(shape.settings(), seconds=10)


@pytest.fixture
def sale(shape: ColormeShape) -> dict[str, Any]:
    return shape.build_sales(shape.people[0])[0]


def test_the_address_is_the_vendors_own() -> None:
    assert Colorme({"token": "t"}).http.url.geturl() == API


@pytest.mark.parametrize(
    ("flags", "state", "word"),
    [
        ({"paid": True}, "sold", "入金済み"),
        ({"paid": False}, "pending", "未入金"),
        ({"paid": True, "canceled": True}, "cancelled", "キャンセル"),
    ],
)
def test_states(
    sale: dict[str, Any], flags: dict[str, bool], state: str, word: str
) -> None:
    order = parse_colorme_order({**sale, **flags})
    assert (order.state, order.word) == (state, word)


def test_an_order_is_read_whole(sale: dict[str, Any]) -> None:
    order = parse_colorme_order(
        {
            **sale,
            "point_discount": 30,
            "other_discount": 20,
            "other_discount_name": "夏クーポン",
        }
    )
    assert (order.total, order.discount, order.coupons) == (1001, 50, "夏クーポン")
    (line,) = order.lines
    assert (line.sku, line.name, line.quantity, line.price) == (
        "T-1",
        "Tシャツ（赤）",
        2,
        110,
    )
    assert (order.tracking_number, order.tracking_url) == (
        "1234-5678",
        "https://example.com/t",
    )
    assert order.shipped_at == datetime(2026, 11, 20, 1, 1, tzinfo=UTC)
    assert (order.email, order.phone, order.device) == (
        "p1@example.jp",
        "09012340001",
        "モバイル",
    )


def test_without_the_mail_of_the_shipping_its_time_is_not_known(
    sale: dict[str, Any],
) -> None:
    assert (
        parse_colorme_order({**sale, "delivered_mail_sent_date": None}).shipped_at
        is None
    )
    assert parse_colorme_order({**sale, "delivered": False}).shipped_at is None


def test_a_customer_with_points_and_line(shape: ColormeShape) -> None:
    own = shape.build_customer(shape.people[0]) | {"line_uid": "U1", "member": False}
    row = parse_colorme_customer(own)
    assert (row.points, row.line_id, row.state, row.kana) == (
        216,
        "U1",
        "guest",
        "サトウハナコ",
    )
    (address,) = row.addresses
    assert (address.prefecture, address.address) == ("東京都", "渋谷区桜丘町26-1")


def test_a_row_without_a_time_changed_when_it_was_read(shape: ColormeShape) -> None:
    own = shape.build_customer(shape.people[0])
    del own["update_date"], own["make_date"]
    before = datetime.now(UTC)
    assert before <= parse_colorme_customer(own).changed_at <= datetime.now(UTC)
    with pytest.raises(TryLater, match="unreadable"):
        parse_colorme_customer({**own, "update_date": "2026-11-20"})


def test_orders_are_asked_for_with_a_first_day(shape: ColormeShape) -> None:
    page = connect(shape).read(
        Resource.ORDERS, Window(None, START.replace(month=12)), ""
    )
    assert len(page.rows) == 3
    assert dict(shape.calls[-1].query)["make_date_min"] == "2000-01-01"


def test_windows_are_asked_for_in_japanese_time(shape: ColormeShape) -> None:
    connect(shape).read(Resource.CUSTOMERS, Window(START, START.replace(day=21)), "")
    query = dict(shape.calls[-1].query)
    assert (query["update_date_min"], query["update_date_max"]) == (
        "2026-11-20 10:00:00",
        "2026-11-21 10:00:00",
    )


def test_it_is_not_searched_by_phone(shape: ColormeShape) -> None:
    with pytest.raises(GiveUp, match="unsupported"):
        connect(shape).find({Key.PHONE: "+819012340001"})
    assert shape.calls == []
