"""The demo shop as another make of cart tells it: other names, a cursor, a header of its own."""

from typing import Any

from sandbox.serving import Sandbox
from tests.sandbox.conftest import Answer, fetch


def ask(sandbox: Sandbox, path: str, key: str = "demo-token") -> Answer:
    return fetch(f"{sandbox.cart_url}/second/v1/{path}", x_shop_key=key)


def read_all(sandbox: Sandbox, name: str) -> tuple[list[Any], int]:
    rows: list[Any] = []
    mark, pages = "", 0
    while True:
        result = ask(sandbox, f"{name}?limit=100&after={mark or 'c0'}").body["result"]
        rows, mark, pages = rows + result["list"], result["next"], pages + 1
        if not mark:
            assert result["count"] == len(rows)
            return rows, pages


def test_every_customer_comes_page_by_page(sandbox: Sandbox) -> None:
    hana = sandbox.cart.add_customer(
        {"name": "山田 花子", "email": "h@example.jp", "full_tel": "09011112222"}
    )
    rows, pages = read_all(sandbox, "members")
    assert pages == 4
    assert {row["memberNo"] for row in rows} == set(sandbox.cart.tables["customers"])
    newest = rows[-1]
    assert (newest["memberNo"], newest["sei"], newest["contact"]) == (
        hana["id"],
        "山田",
        {"mail": "h@example.jp", "tel": "09011112222"},
    )


def test_a_window_is_half_open(sandbox: Sandbox) -> None:
    hana = sandbox.cart.add_customer({"name": "山田 花子"})
    order = sandbox.cart.add_order(hana["id"])
    order["updated_at"] = "2027/01/02 10:00:00.500000"
    path = "purchases?from=2027-01-02T{}%2B09:00&to=2027-01-02T{}%2B09:00"
    inside = ask(sandbox, path.format("10:00:00", "10:00:01")).body["result"]
    assert [row["slipNo"] for row in inside["list"]] == [order["number"]]
    for before, after in (("09:00:00", "10:00:00"), ("10:00:01", "11:00:00")):
        assert ask(sandbox, path.format(before, after)).body["result"]["list"] == []


def test_each_trouble_is_answered(sandbox: Sandbox) -> None:
    assert ask(sandbox, "members", key="wrong").status == 401
    assert ask(sandbox, "members?from=yesterday").status == 400
    sandbox.cart.switch(outage=True)
    down = ask(sandbox, "members")
    assert (down.status, down.body[:6]) == (503, "<html>")
    sandbox.cart.switch(outage=False, rate_per_second=1, retry_after=7)
    ask(sandbox, "contracts")
    busy = ask(sandbox, "contracts")
    assert (busy.status, busy.headers["Retry-After"]) == (429, "7")
    page = fetch(f"{sandbox.cart_url}/second/")
    assert (page.status, "X-Shop-Key: demo-token" in page.body) == (200, True)
