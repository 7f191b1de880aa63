"""The cart's API: JSON:API, paging, filters, errors, switches."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.cart.shop import JST
from sandbox.people import make_people
from sandbox.serving import Sandbox
from tests.sandbox.conftest import Call

BASE = "/api/v2/admin"
STAMP = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")


def listed(cart: Call, query: str, name: str = "customers") -> Any:
    return cart(f"{BASE}/{name}.json?{query}").body


def ids(body: Any) -> list[int]:
    return [item["attributes"]["id"] for item in body["data"]]


def test_a_page_is_json_api(cart: Call) -> None:
    body = listed(cart, "page=2&per=100&sort=id&include=billing_address")
    assert body["meta"] == {
        "total_count": 300,
        "page": 2,
        "per": 100,
        "count": 100,
        "total_pages": 3,
    }
    assert ids(body) == list(range(10101, 10201))
    assert set(body["links"]) == {"self", "first", "prev", "next", "last"}
    assert "page=3" in body["links"]["next"]
    first, address = body["data"][0], body["included"][0]
    assert (first["id"], first["type"]) == ("10101", "customer")
    assert first["relationships"]["billing_address"]["data"] == {
        "id": address["id"],
        "type": "address",
    }
    assert STAMP.fullmatch(first["attributes"]["updated_at"])
    assert {
        "number",
        "email",
        "birth",
        "buy_times",
        "buy_total",
        "state",
        "option10",
    } <= set(first["attributes"])
    assert {"name01", "name02", "kana01", "kana02", "full_tel", "tel01"} <= set(
        address["attributes"]
    )


@pytest.mark.parametrize(
    ("per", "shown"), [("1000", 100), ("0", 1), ("x", 20), ("7", 7)]
)
def test_per_stays_below_101(cart: Call, per: str, shown: int) -> None:
    assert listed(cart, f"per={per}")["meta"]["per"] == shown


def test_a_page_beyond_the_end_is_empty(cart: Call) -> None:
    body = listed(cart, "page=99&per=100")
    assert (body["data"], body["meta"]["total_count"], "next" in body["links"]) == (
        [],
        300,
        False,
    )


def test_customers_are_the_people_of_the_seed(cart: Call) -> None:
    third = list(make_people(1, 3))[2]
    (customer,) = listed(cart, "q[id_eq]=10003")["data"]
    assert customer["attributes"]["email"] == third.email_raw
    assert customer["attributes"]["number"] == "C0000003"


@pytest.mark.parametrize(
    ("query", "test"),
    [
        ("q[id_in][]=10005&q[id_in][]=10009", lambda row: row["id"] in (10005, 10009)),
        ("q[number_eq]=C0000010", lambda row: row["number"] == "C0000010"),
        (
            "q[number_not_eq]=C0000010&q[id_lt]=10020",
            lambda row: row["id"] < 10020 and row["id"] != 10010,
        ),
        ("q[id_gt]=10005&q[id_lteq]=10010", lambda row: 10005 < row["id"] <= 10010),
        ("q[state_eq]=visitor", lambda row: row["state"] == "visitor"),
        ("q[email_cont]=EXAMPLE.JP", lambda row: "example.jp" in row["email"].lower()),
        ("q[birth_null]=1", lambda row: row["birth"] is None),
        ("q[birth_null]=0", lambda row: row["birth"] is not None),
        ("q[birth_not_null]=1", lambda row: row["birth"] is not None),
        ("q[buy_times_gteq]=10", lambda row: row["buy_times"] >= 10),
        ("q[created_at_lt]=2026-01-01", lambda row: row["created_at"] < "2026/01/01"),
    ],
)
def test_filters(sandbox: Sandbox, cart: Call, query: str, test: Any) -> None:
    found = {
        row["id"] for row in sandbox.cart.tables["customers"].values() if test(row)
    }
    body = listed(cart, f"per=100&{query}")
    assert found
    assert body["meta"]["total_count"] == len(found)
    assert set(ids(body)) <= found


def test_a_phone_is_found_in_any_spelling(sandbox: Sandbox, cart: Call) -> None:
    wide = next(
        row
        for row in sandbox.cart.tables["customers"].values()
        if row["full_tel"].startswith("０")
    )
    plain = list(make_people(1, 300))[wide["id"] - 10001].phone
    for spelling in (plain, f"{plain[:3]}-{plain[3:7]}-{plain[7:]}", wide["full_tel"]):
        assert ids(
            listed(cart, f"q[billing_address_s_full_tel_eq]={quote(spelling)}")
        ) == [wide["id"]]


def test_an_unknown_filter_is_ignored_in_silence(cart: Call) -> None:
    answer = cart(f"{BASE}/customers.json?q[emial_eq]=x&per=1")
    assert (
        answer.body["meta"]["total_count"],
        answer.headers["X-Sandbox-Ignored"],
    ) == (300, "emial_eq")


def test_newest_changes_first(sandbox: Sandbox, cart: Call) -> None:
    body = listed(cart, "sort=-updated_at&per=100")
    times = [item["attributes"]["updated_at"] for item in body["data"]]
    assert times == sorted(times, reverse=True)
    now = datetime.now(JST).strftime("%Y/%m/%d %H:%M:%S")
    assert (
        max(row["updated_at"] for row in sandbox.cart.tables["orders"].values()) < now
    )


def test_a_half_open_window_finds_a_change_and_eq_does_not(cart: Call) -> None:
    made = cart(
        "/sandbox/cart/customers", {"name": "田中 花子", "email": "hanako@example.jp"}
    ).body
    at = datetime.strptime(made["updated_at"], "%Y/%m/%d %H:%M:%S")
    end = at + timedelta(seconds=1)
    window = f"q[updated_at_gteq]={quote(made['updated_at'])}&q[updated_at_lt]={quote(f'{end:%Y-%m-%dT%H:%M:%S}')}"
    assert made["id"] in ids(listed(cart, window))
    assert ids(listed(cart, f"q[updated_at_eq]={quote(made['updated_at'])}")) == []


def test_an_edit_moves_updated_at(sandbox: Sandbox, cart: Call) -> None:
    before = sandbox.cart.tables["customers"][10001]["updated_at"]
    changed = cart(
        "/sandbox/cart/customers/10001", {"phone": "080-1234-5678"}, method="PUT"
    ).body
    assert changed["full_tel"] == "080-1234-5678"
    assert (changed["tel01"], changed["tel02"], changed["tel03"]) == (
        "080",
        "1234",
        "5678",
    )
    assert changed["updated_at"] > before[:19]
    assert 10001 in ids(listed(cart, "sort=-updated_at&per=5"))


def test_one_customer_and_nobody(cart: Call) -> None:
    assert cart(f"{BASE}/customers/10002.json").body["data"]["id"] == "10002"
    nobody = cart(f"{BASE}/customers/99.json")
    assert (nobody.status, nobody.body["errors"][0]["code"]) == (404, "ACU2001")


def test_orders_and_totals_agree(sandbox: Sandbox, cart: Call) -> None:
    """購入回数 and 購入総額 count 売上完了 and nothing else."""
    customer = next(
        row for row in sandbox.cart.tables["customers"].values() if row["buy_times"] > 3
    )
    orders = listed(cart, f"per=100&q[customer_id_eq]={customer['id']}", "orders")[
        "data"
    ]
    sold = [
        o["attributes"]
        for o in orders
        if o["attributes"]["payment_state"] == "completed"
    ]
    assert (customer["buy_times"], customer["buy_total"]) == (
        len(sold),
        sum(order["total"] for order in sold),
    )
    states = {
        (row["state"], row["payment_state"])
        for row in sandbox.cart.tables["orders"].values()
    }
    assert {("complete", "completed"), ("canceled", "voided")} <= states


def test_a_purchase_counts(cart: Call) -> None:
    made = cart(
        "/sandbox/cart/customers",
        {"name": "鈴木 一郎", "phone": "08011112222", "subscription": True},
    ).body
    for _ in range(2):
        cart(
            "/sandbox/cart/orders",
            {"customer_id": made["id"], "subs_order_id": made["subs_order_id"]},
        )
    customer = cart(f"{BASE}/customers/{made['id']}.json").body["data"]["attributes"]
    subscription = cart(f"{BASE}/subs_orders/{made['subs_order_id']}.json").body[
        "data"
    ]["attributes"]
    assert (customer["buy_times"], subscription["times"], subscription["state"]) == (
        2,
        2,
        "active",
    )
    orders = listed(
        cart, f"q[subs_order_id_eq]={made['subs_order_id']}&sort=id", "orders"
    )["data"]
    assert [order["attributes"]["times"] for order in orders] == [1, 2]


def put(cart: Call, number: int, body: Any) -> Any:
    return cart(f"{BASE}/subs_orders/{number}.json", body, method="PUT")


def test_a_subscription_can_be_cancelled(cart: Call) -> None:
    number = listed(cart, "q[state_eq]=active&per=1", "subs_orders")["data"][0][
        "attributes"
    ]["id"]
    answer = put(
        cart,
        number,
        {"subs_order": {"state": "canceled", "cancel_reason_ids": ["1"], "tbc": True}},
    )
    shown = answer.body["data"]["attributes"]
    assert (shown["state"], shown["human_state"], shown["cancel_reasons"]) == (
        "canceled",
        "キャンセル",
        "金銭的な問題",
    )
    assert STAMP.fullmatch(shown["canceled_at"])
    assert shown["tbc"] is False, "unknown fields are dropped in silence"


@pytest.mark.parametrize(
    ("number", "body", "status", "code"),
    [
        (4001, {"subs_order": {"state": "cancelled"}}, 422, "ASO3002"),
        (4001, {"state": "canceled"}, 422, "ASO3001"),
        (1, {"subs_order": {"state": "canceled"}}, 404, "ASO2001"),
    ],
)
def test_a_wrong_change(
    cart: Call, number: int, body: Any, status: int, code: str
) -> None:
    answer = put(cart, number, body)
    assert (answer.status, answer.body["errors"][0]["code"]) == (status, code)


def test_included_customers(cart: Call) -> None:
    body = listed(
        cart, "per=5&include=customer,customer.billing_address,subs_order", "orders"
    )
    wanted = {str(item["attributes"]["customer_id"]) for item in body["data"]}
    assert {
        item["id"] for item in body["included"] if item["type"] == "customer"
    } == wanted


def test_the_token(cart: Call) -> None:
    answer = cart(f"{BASE}/customers.json", token="wrong")
    assert (answer.status, [set(error) for error in answer.body["errors"]]) == (
        401,
        [{"code", "message"}],
    )


def test_outage(cart: Call) -> None:
    cart("/sandbox/cart/settings", {"outage": True})
    assert cart(f"{BASE}/customers.json").status == 503
    cart("/sandbox/cart/settings", {"outage": False})
    assert cart(f"{BASE}/customers.json").status == 200


def test_rate_limit(cart: Call) -> None:
    cart("/sandbox/cart/settings", {"rate_per_second": 2, "retry_after": 5})
    answers = [cart(f"{BASE}/customers/10001.json") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "5"


def test_an_unknown_switch(cart: Call) -> None:
    assert cart("/sandbox/cart/settings", {"outrage": True}).status == 400
