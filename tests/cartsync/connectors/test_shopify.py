"""What is special to Shopify: errors with status 200, points that run out, its states."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cartsync.connectors.base import Key, Resource, Window
from cartsync.connectors.shopify.connector import Shopify, ShopifySettings, quote_term
from cartsync.connectors.shopify.rows import parse_shopify_customer, parse_shopify_order
from outbound.errors import FixSettings, GiveUp, TryLater
from tests.cartsync.connectors.fake_shopify import ShopifyShape, money
from tests.cartsync.connectors.fakes import (
    START,
    Answer,
    Call,
    Server,
    answer_json,
    make_people,
)


class Refusing(ShopifyShape):
    """Answers every query with these errors, and what the query would have cost."""

    errors: Any = ()
    cost: dict[str, Any] | None = None

    def answer(self, call: Call) -> Answer:
        body: dict[str, Any] = {"errors": self.errors}
        return answer_json(
            body | ({"extensions": {"cost": self.cost}} if self.cost else {})
        )


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    found = Refusing()
    with Server(found):
        yield found


@pytest.fixture
def shape() -> Iterator[ShopifyShape]:
    found = ShopifyShape()
    found.people = make_people(3)
    with Server(found):
        yield found


def connect(shape: ShopifyShape) -> Shopify:
    return Shopify(shape.settings(), seconds=10)


def error(code: str) -> list[dict[str, Any]]:
    return [{"message": "no", "extensions": {"code": code}}]


@pytest.mark.parametrize(
    ("errors", "kind", "code"),
    [
        (error("ACCESS_DENIED"), FixSettings, "forbidden"),
        (error("INTERNAL_SERVER_ERROR"), TryLater, "broken"),
        ([{"message": "Field 'x' doesn't exist"}], GiveUp, "rejected"),
        ("[API] Invalid API key or access token", FixSettings, "refused"),
        ([["odd"]], TryLater, "unreadable"),
    ],
)
def test_errors_that_come_with_status_200(
    refusing: Refusing, errors: Any, kind: type[Exception], code: str
) -> None:
    refusing.errors = errors
    with pytest.raises(kind, match=code):
        connect(refusing).check()


def test_points_that_ran_out_say_how_long_to_wait(refusing: Refusing) -> None:
    refusing.errors = error("THROTTLED")
    status = {"currentlyAvailable": 40, "restoreRate": 50}
    refusing.cost = {"requestedQueryCost": 202, "throttleStatus": status}
    with pytest.raises(TryLater, match="busy") as raised:
        connect(refusing).check()
    assert raised.value.pause == timedelta(seconds=4)
    refusing.cost = None
    with pytest.raises(TryLater, match="busy") as raised:
        connect(refusing).check()
    assert raised.value.pause is None


@pytest.mark.parametrize(
    ("word", "cancelled", "state"),
    [
        ("PAID", None, "sold"),
        ("PARTIALLY_REFUNDED", None, "sold"),
        ("AUTHORIZED", None, "authorised"),
        ("PENDING", None, "pending"),
        ("REFUNDED", None, "returned"),
        ("VOIDED", None, "cancelled"),
        ("SOMETHING_NEW", None, "other"),
        ("PAID", "2026-11-20T01:00:00Z", "cancelled"),
    ],
)
def test_states(
    shape: ShopifyShape, word: str, cancelled: str | None, state: str
) -> None:
    own = shape.build_orders(shape.people[0])[0]
    assert (
        parse_shopify_order(
            own | {"displayFinancialStatus": word, "cancelledAt": cancelled}
        ).state
        == state
    )


def test_an_order_is_read_whole(shape: ShopifyShape) -> None:
    order = parse_shopify_order(
        shape.build_orders(shape.people[0])[0] | {"totalDiscountsSet": money(80)}
    )
    assert (order.total, order.discount, order.coupons) == (1001, 80, "SUMMER")
    (line,) = order.lines
    assert (line.sku, line.quantity, line.price) == ("T-1", 2, 110)
    assert (order.carrier, order.tracking_number) == ("ヤマト運輸", "123")
    assert order.shipped_at == order.changed_at


@pytest.mark.parametrize(
    ("word", "state"),
    [("DISABLED", "guest"), ("INVITED", "provisional"), ("ENABLED", "member")],
)
def test_customers_with_and_without_an_account(
    shape: ShopifyShape, word: str, state: str
) -> None:
    row = parse_shopify_customer(
        shape.build_customer(shape.people[0]) | {"state": word}
    )
    assert (row.state, row.name) == (state, "佐藤 花子")


def test_the_window_is_asked_for_half_open(shape: ShopifyShape) -> None:
    connect(shape).read(Resource.CUSTOMERS, Window(START, START.replace(day=21)), "")
    assert shape.calls[-1].body["variables"]["query"] == (
        "updated_at:>='2026-11-20T01:00:00Z' AND updated_at:<'2026-11-21T01:00:00Z'"
    )


def test_a_value_cannot_leave_its_term(shape: ShopifyShape) -> None:
    assert quote_term("a' OR email:'b") == r"'a\' OR email:\'b'"
    assert connect(shape).find({Key.EMAIL: "nobody@example.jp"}) == []


@pytest.mark.parametrize(
    ("address", "is_valid"),
    [("https://sakura.myshopify.com", True), ("https://shop.example.jp", False)],
)
def test_only_the_shops_own_name_is_taken(address: str, is_valid: bool) -> None:
    form = ShopifySettings(
        {"base_url": address, "token": "t", "api_version": "2026-01"}
    )
    assert form.is_valid() is is_valid
    assert not ShopifySettings(
        {"base_url": address, "api_version": "2026-02"}
    ).is_valid()
