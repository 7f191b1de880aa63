"""Every connector of the dict, and what the way out refuses."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms

from cartsync.connectors.answer_secrets import drop_secrets
from cartsync.connectors.base import Connector, Key, Page, Resource, Window
from cartsync.connectors.ecforce import Ecforce
from cartsync.connectors.kinds import KINDS, get_connector_class
from cartsync.errors import TROUBLES
from outbound.addresses import is_public
from outbound.errors import FixSettings, GiveUp, TryLater
from outbound.http import Http, resolve_public_address
from sandbox.cart.words import SECRET_CARD, SECRET_TOKEN
from sandbox.serving import Sandbox

NOW = datetime.now(UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_every_connector_says_what_it_is(kind: str) -> None:
    connector = get_connector_class(kind)
    assert issubclass(connector, Connector)
    assert str(connector.label) and str(connector.sold_words) and str(connector.needs)
    assert issubclass(connector.settings_form, forms.Form)
    assert connector.secret_fields <= set(connector.settings_form.base_fields)
    assert connector.optional_secrets <= connector.secret_fields
    # A file cannot be searched.
    assert connector.resources and (connector.keys or kind == "files")
    assert str(connector.label) in (Path("docs") / connector.doc).read_text()
    assert not connector.__abstractmethods__


def test_every_trouble_has_a_cause_and_a_remedy() -> None:
    assert [
        code
        for code, each in TROUBLES.items()
        if not (str(each.cause) and str(each.remedy))
    ] == []


def connector(shop: Sandbox, token: str = "demo-token", seconds: float = 5) -> Ecforce:
    settings = {"base_url": shop.cart_url, "token": token}
    return Ecforce(settings, seconds=seconds)


def read(
    shop: Sandbox, resource: Resource, since: datetime | None, until: datetime
) -> Page:
    """Return the first page of a window."""
    return connector(shop).read(resource, Window(since, until), "")


def test_reads_half_open_windows_oldest_first(shop: Sandbox) -> None:
    for number in range(3):
        shop.cart.add_customer(
            {"name": f"花子{number}", "full_tel": "090-1234-567" + str(number)}
        )
    page = read(shop, Resource.CUSTOMERS, None, NOW + timedelta(hours=1))
    assert [row.phone for row in page.rows] == [
        "090-1234-5670",
        "090-1234-5671",
        "090-1234-5672",
    ]
    assert (page.total, page.next_cursor, page.complete) == (3, "", True)
    hour = timedelta(hours=1)
    later = read(shop, Resource.CUSTOMERS, NOW + hour, NOW + 2 * hour)
    assert (list(later.rows), later.next_cursor) == ([], "")
    earlier = read(shop, Resource.CUSTOMERS, None, NOW - hour)
    assert list(earlier.rows) == []


def test_finds_a_customer_by_either_key(shop: Sandbox) -> None:
    shop.cart.add_customer(
        {
            "name": "佐藤 花子",
            "full_tel": "０９０−１２３４−５６７８",
            "email": "hanako@example.jp",
        }
    )
    shop.cart.add_customer(
        {"name": "別 人", "full_tel": "090-0000-0000", "email": "other@example.jp"}
    )
    by_phone = connector(shop).find({Key.PHONE: "+819012345678"})
    by_email = connector(shop).find({Key.EMAIL: "hanako@example.jp"})
    assert (
        [row.name for row in by_phone]
        == [row.name for row in by_email]
        == ["佐藤 花子"]
    )


def test_states_are_mapped(shop: Sandbox) -> None:
    row = shop.cart.add_customer({"name": "退 会", "state": "withdrawn"})
    subscription = shop.cart.add_subscription(row["id"])
    sold = shop.cart.add_order(row["id"], subscription["id"])
    shop.cart.add_order(row["id"], shipped=False)
    shop.cart.edit_subscription(subscription["id"], {"state": "suspend"})
    until = NOW + timedelta(hours=1)
    assert read(shop, Resource.CUSTOMERS, None, until).rows[0].state == "left"
    orders = {row.number: row for row in read(shop, Resource.ORDERS, None, until).rows}
    assert orders.pop(sold["number"]).state == "sold"
    assert [row.state for row in orders.values()] == ["authorised"]
    (found,) = read(shop, Resource.SUBSCRIPTIONS, None, until).rows
    assert (found.state, found.times) == ("suspended", 1)


def test_times_are_read_as_japanese(shop: Sandbox) -> None:
    row = shop.cart.add_customer({"name": "花子"})
    (found,) = read(shop, Resource.CUSTOMERS, None, NOW + timedelta(hours=1)).rows
    assert found.changed_at.strftime("%Y/%m/%d %H:%M:%S") == row["updated_at"][:19]
    assert found.changed_at.utcoffset() == timedelta(hours=9)


def test_a_wrong_token_must_be_fixed(shop: Sandbox) -> None:
    with pytest.raises(FixSettings, match="refused"):
        connector(shop, token="wrong").check()


def test_outage_and_rate_are_tried_later(shop: Sandbox) -> None:
    shop.cart.switch(outage=True)
    with pytest.raises(TryLater, match=r"broken|busy|unreachable"):
        connector(shop).check()
    shop.cart.switch(outage=False, rate_per_second=1.0, retry_after=7)
    connector(shop).check()
    with pytest.raises(TryLater, match="busy") as refused:
        connector(shop).check()
    assert refused.value.pause == timedelta(seconds=7)


def test_a_slow_cart_is_given_up_in_time(shop: Sandbox) -> None:
    shop.cart.switch(slow_ms=3000)
    began = datetime.now(UTC)
    with pytest.raises(TryLater, match="slow"):
        connector(shop, seconds=0.5).check()
    assert datetime.now(UTC) - began < timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example.jp", "insecure"),
        ("https://127.0.0.1", "insecure"),
        ("https://[::1]", "insecure"),
        ("https://169.254.169.254", "insecure"),
        ("https://10.0.0.5", "insecure"),
        ("https://localhost", "insecure"),
        ("https://0", "insecure"),
        ("https://2130706433", "insecure"),
        ("https://93.184.216.34:8443", "insecure"),
        ("ftp://shop.example.jp", "insecure"),
        ("https://[64:ff9b::a00:1]", "insecure"),  # NAT64 to 10.0.0.1
        ("https://[2002:a00:1::1]", "insecure"),  # 6to4 to 10.0.0.1
        ("https://[2001:0:a00:1::]", "insecure"),  # Teredo
        ("https://[fec0::1]", "insecure"),  # site-local
        ("https://[ff0e::1]", "insecure"),  # multicast
        ("https://224.0.0.251", "insecure"),
        ("https://192.88.99.1", "insecure"),
        ("https://192.0.0.9", "insecure"),  # Python calls some of these global
        ("https://192.0.0.171", "insecure"),
        ("https://[3fff::1]", "insecure"),
        ("https://[2001:db8::1]", "insecure"),
        ("https://[::ffff:10.0.0.1]", "insecure"),
        ("https://[::10.0.0.1]", "insecure"),
        ("https://100.64.0.1", "insecure"),
    ],
)
def test_private_addresses_are_refused(settings: object, url: str, code: str) -> None:
    settings.PRIVATE_HOSTS = False  # type: ignore[attr-defined]
    with pytest.raises(FixSettings) as refused:
        Http(url).get("/api", [], {})
    assert refused.value.code == code


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "2400:cb00::1", "8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_call_to_an_ipv6_address_arrives() -> None:
    """The demo cart speaks IPv4 only; a socket is enough to see whom we call and by which name."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        heard: list[bytes] = []

        def answer() -> None:
            line, _ = server.accept()
            heard.append(line.recv(65536))
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            line.close()

        threading.Thread(target=answer, daemon=True).start()
        assert Http(f"http://[::1]:{port}", seconds=5).get("/a", [], {}) == {}
    assert f"Host: [::1]:{port}".encode() in heard[0]


def test_one_private_address_among_public_ones_is_enough(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVATE_HOSTS = False  # type: ignore[attr-defined]
    answers = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(FixSettings):
        resolve_public_address("shop.example.jp", 443)
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: answers[:1])
    assert resolve_public_address("shop.example.jp", 443) == "93.184.216.34"


def test_redirects_and_floods_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import http.server

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path.startswith("/away") else 200)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            if self.path.startswith("/flood"):
                self.wfile.write(b" " * 200_000)
            elif self.path.startswith("/html"):
                self.wfile.write(b"<html>")
            elif self.path.startswith("/deep"):
                self.wfile.write(b'{"a":' + b"[" * 90_000)

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setattr("outbound.http.LARGEST_ANSWER", 100_000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    way = Http(f"http://127.0.0.1:{server.server_port}", seconds=5)
    with pytest.raises(FixSettings, match="redirected"):
        way.get("/away", [], {})
    with pytest.raises(GiveUp, match="too_large"):
        way.get("/flood", [], {})
    with pytest.raises(TryLater, match="unreadable"):
        way.get("/html", [], {})
    with pytest.raises(TryLater, match="unreadable"):
        way.get("/deep", [], {})
    server.shutdown()


def test_turns_are_a_second_apart(settings: object) -> None:
    from outbound.call_interval import wait_turn

    settings.CART_REQUEST_SECONDS = 1  # type: ignore[attr-defined]
    began = datetime.now(UTC)
    assert [wait_turn("test:turns", 3) for _ in range(2)] == [True, True]
    assert datetime.now(UTC) - began > timedelta(seconds=0.9)
    assert wait_turn("test:turns", 0.1) is False


@pytest.mark.parametrize("resource", list(Resource))
@pytest.mark.parametrize(
    "answer",
    [
        {"data": [7]},
        {"data": [{}]},
        {"data": [{"id": 1, "attributes": None}]},
        {"data": [{"id": 1, "attributes": {"email": "a@example.jp"}}]},
        {"data": [{"id": 1, "attributes": {"updated_at": {}}}]},
        {"data": [], "meta": [1]},
    ],
    ids=range(6),
)
def test_rows_of_another_shape_are_the_carts_trouble(
    monkeypatch: pytest.MonkeyPatch, resource: Resource, answer: dict[str, object]
) -> None:
    connector = Ecforce({"base_url": "https://shop.example.jp", "token": "token"})
    monkeypatch.setattr(connector.http, "get", lambda *args: answer)
    with pytest.raises(TryLater, match="unreadable"):
        connector.read(resource, Window(None, datetime.now(UTC)), "")


@pytest.mark.parametrize(
    ("meta", "total", "is_last"),
    [
        ({"total_count": 4, "per": 2}, 4, False),
        ({"total_count": 4, "total_pages": 0}, 4, True),
        ({"total_pages": 7}, None, False),
        ({"total_count": 0}, None, False),
        ({"per": 100}, None, True),
        (None, None, False),
    ],
)
def test_the_rows_say_which_page_is_last(
    monkeypatch: pytest.MonkeyPatch, meta: Any, total: int | None, is_last: bool
) -> None:
    rows = [
        {"id": n, "attributes": {"updated_at": "2026/11/20 10:00:00"}} for n in (1, 2)
    ]
    connector = Ecforce({"base_url": "https://shop.example.jp", "token": "token"})
    answer = {"data": rows, "meta": meta}
    monkeypatch.setattr(connector.http, "get", lambda *args: answer)
    page = connector.read(Resource.ORDERS, Window(None, NOW), "")
    # Both rows are of one second: more of them are asked for by that second alone.
    assert (page.total, page.next_cursor == "") == (total, is_last)


def test_short_pages_without_any_count_are_read_to_an_empty_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cart has its own idea of a page and tells none of it: 50 rows, asked for 100."""
    rows = [
        {"id": n, "attributes": {"updated_at": f"2026/11/20 10:{n // 4:02}:00"}}
        for n in range(120)
    ]

    def answer(_path: str, params: list[tuple[str, str]], _headers: Any) -> Any:
        asked = dict(params)
        since = asked.get("q[updated_at_gteq]", "")
        until = asked["q[updated_at_lt]"]
        found = [
            row for row in rows if since <= row["attributes"]["updated_at"] < until
        ]  # type: ignore[index]
        start = (int(asked["page"]) - 1) * 50
        return {"data": found[start : start + 50]}

    connector = Ecforce({"base_url": "https://shop.example.jp", "token": "token"})
    monkeypatch.setattr(connector.http, "get", answer)
    cursor, seen = "", set()
    for _page in range(20):
        page = connector.read(Resource.ORDERS, Window(None, NOW), cursor)
        seen |= {row.external_id for row in page.rows}
        if not (cursor := page.next_cursor):
            break
    assert (len(seen), cursor) == (120, "")


def test_no_answer_brings_a_secret_to_the_parser(shop: Sandbox) -> None:
    row = shop.cart.add_customer({"name": "花子"})
    answer = connector(shop)._get(Resource.CUSTOMERS, [], 1)
    assert answer["data"][0]["attributes"]["number"] == row["number"]
    kept = repr(answer)
    assert [secret for secret in (SECRET_TOKEN, SECRET_CARD) if secret in kept] == []


def test_secrets_are_dropped_at_any_depth() -> None:
    answer: dict[str, Any] = {
        "data": [
            {
                "id": "1",
                "attributes": {"email": "a@example.jp", "authentication_token": "x"},
                "relationships": {"credit_cards": {"data": [{"type": "credit_card"}]}},
            }
        ],
        "included": [
            {"type": "credit_card", "id": "7", "attributes": {"number": "4111"}},
            {"type": "address", "id": "8", "attributes": {"cvv": "1", "zip": "100"}},
        ],
    }
    drop_secrets(answer)
    assert answer == {
        "data": [
            {
                "id": "1",
                "attributes": {"email": "a@example.jp"},
                "relationships": {},
            }
        ],
        "included": [{"type": "address", "id": "8", "attributes": {"zip": "100"}}],
    }


def test_a_count_that_cannot_be_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {
        "id": 1,
        "attributes": {
            "updated_at": "2026/11/20 10:00:00",
            "times": "9" * 12,
            "customer_id": 1,
        },
    }
    connector = Ecforce({"base_url": "https://shop.example.jp", "token": "token"})
    monkeypatch.setattr(connector.http, "get", lambda *args: {"data": [row]})
    assert [one.times for one in connector.orders_of("1")] == [999_999]
