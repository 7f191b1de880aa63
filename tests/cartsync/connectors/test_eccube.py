"""What is special to EC-CUBE: the grant that ends, errors with status 200, its states, and how one approves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from django.test import Client

from cartsync.connectors.base import Key, Page, Resource, Window
from cartsync.connectors.eccube.connector import Eccube
from cartsync.connectors.eccube.rows import parse_eccube_customer, parse_eccube_order
from cartsync.connectors.grants import CartGrants, read_granted
from cartsync.models import Cart
from cartsync.sync.poll import poll_cart
from operators.models import AuditEntry
from outbound.errors import FixSettings, GiveUp, TryLater
from sandbox.cart.eccube import build_eccube_customer, build_eccube_order
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.cartsync.connectors.fake_eccube import EccubeShape, build_orders, build_row
from tests.cartsync.connectors.fakes import (
    START,
    Answer,
    Call,
    Server,
    answer_json,
    make_people,
)
from tests.cartsync.screens.test_screens import SETTINGS

NEW = "/t/sakura/carts/new/?kind=eccube"


@pytest.fixture
def shape() -> Iterator[EccubeShape]:
    found = EccubeShape()
    found.people = make_people(4)
    with Server(found):
        yield found


def connect(shape: EccubeShape) -> Eccube:
    return Eccube(shape.settings(), seconds=10, **shape.options())


def test_a_grant_that_ended_is_renewed_before_it_is_used(shape: EccubeShape) -> None:
    shape.minutes = 0
    assert connect(shape).check() == 4
    assert [call.path for call in shape.calls] == ["/token", "/api"]
    assert shape.calls[0].body == {
        "grant_type": "refresh_token",
        "refresh_token": "right-renewal",
        "client_id": "tsunagi",
        "client_secret": "right-secret",
    }


def test_a_grant_that_the_cart_refuses_is_renewed_once(shape: EccubeShape) -> None:
    connector = connect(shape)
    shape.desk.access = "another-token"
    assert connector.check() == 4
    assert [call.path for call in shape.calls] == ["/api", "/token", "/api"]
    shape.desk.access, shape.desk.renewal = "another-token", "another-renewal"
    with pytest.raises(FixSettings, match="unapproved"):
        connector.check()


def test_nothing_is_asked_before_somebody_approved(shape: EccubeShape) -> None:
    with pytest.raises(FixSettings, match="unapproved"):
        Eccube(shape.settings(), seconds=10).check()
    assert shape.calls == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ({"errors": [{"message": "Internal server error"}]}, TryLater, "broken"),
        ({"errors": [{"message": 'Unknown argument "x".'}]}, GiveUp, "rejected"),
        (
            {"errors": [{"message": "no"}], "data": {"customers": {}}},
            GiveUp,
            "rejected",
        ),
        ({"errors": ["odd"]}, TryLater, "unreadable"),
        ({"data": {"customers": None}}, TryLater, "unreadable"),
    ],
)
def test_errors_that_come_with_status_200(
    shape: EccubeShape,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    kind: type[Exception],
    code: str,
) -> None:
    def refuse(call: Call) -> Answer:
        return answer_json(answer)

    monkeypatch.setattr(shape, "answer", refuse)
    with pytest.raises(kind, match=code):
        connect(shape).check()


def test_a_number_that_nobody_has_finds_nobody(shape: EccubeShape) -> None:
    assert connect(shape).find({Key.EXTERNAL_ID: "99"}) == []
    assert connect(shape).find({Key.EXTERNAL_ID: "1) { id } x"}) == []
    assert connect(shape).orders_of("99") == []


def test_windows_are_asked_for_in_its_one_format(shape: EccubeShape) -> None:
    connect(shape).read(Resource.CUSTOMERS, Window(START, START.replace(day=21)), "")
    asked = shape.calls[-1].body["variables"]
    assert asked == {
        "limit": 50,
        "page": 1,
        "update_datetime_start": "2026-11-20T10:00:00+09:00",
        "customer_status": ["1", "2", "3"],
    }


def test_who_left_has_no_address_of_theirs() -> None:
    (one,) = make_people(1)
    own = build_eccube_customer(
        build_row(one) | {"email": "x7@dummy.dummy", "state": "withdrawn"}
    )
    row = parse_eccube_customer(own)
    assert (row.state, row.word, row.is_auto_email) == ("left", "退会", True)
    assert (row.points, row.kana, row.addresses[0].prefecture) == (
        216,
        "サトウ ハナコ",
        "東京都",
    )


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("1", "pending"),
        ("3", "cancelled"),
        ("5", "sold"),
        ("6", "sold"),
        ("7", "other"),
        ("9", "returned"),
    ],
)
def test_an_order_is_read_whole(number: str, state: str) -> None:
    (one,) = make_people(1)
    own = build_eccube_order(build_orders(one)[0]) | {
        "OrderStatus": {"id": number, "name": "言葉"}
    }
    order = parse_eccube_order(own)
    assert (order.state, order.word, order.number) == (state, "言葉", "D1-0")
    assert (order.total, order.subtotal, order.shipping_fee) == (1001, 451, 550)
    (line,) = order.lines  # the fee is none
    assert (line.sku, line.name, line.quantity, line.price) == ("A-1", "青汁", 1, 451)
    assert (order.carrier, order.tracking_number) == ("ヤマト運輸", "123")
    assert order.shipped_at == order.changed_at


def test_what_a_token_endpoint_must_say() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    right = {"access_token": "a", "refresh_token": "b", "expires_in": 3600}
    assert read_granted(right, now)["ends_at"] == "2026-11-20T01:00:00+00:00"
    for name in right:
        with pytest.raises(TryLater, match="unreadable"):
            read_granted({**right, name: None}, now)


@pytest.mark.django_db
def test_it_is_approved_at_the_cart_and_read(
    aiko: Client, sakura: Tenant, shop: Sandbox
) -> None:
    for number in range(3):
        row = shop.cart.add_customer(
            {"name": "花 子", "full_tel": f"090-1234-000{number}"}
        )
        shop.cart.add_order(row["id"])
    typed = SETTINGS | {
        "base_url": f"{shop.cart_url}/eccube/",
        "admin_path": "admin",
        "client_id": "tsunagi",
        "client_secret": "s",
    }
    assert aiko.post(NEW, typed).status_code == 302
    cart = Cart.objects.get()
    polls = Wakeup.objects.filter(kind="cartsync.poll")
    assert (cart.settings["base_url"], polls.count()) == (f"{shop.cart_url}/eccube", 0)
    page = aiko.get(f"/t/sakura/carts/{cart.public_id}/")
    assert "許可待ち" in page.content.decode()
    assert "今すぐ連携" not in page.content.decode()
    approval = page.context["approval_url"]
    asked = {key: value[0] for key, value in parse_qs(urlsplit(approval).query).items()}
    assert approval.startswith(f"{shop.cart_url}/eccube/admin/authorize?")
    assert (asked["scope"], asked["client_id"]) == ("read", "tsunagi")
    forged = aiko.get("/t/sakura/carts/approved/", {"code": "x", "state": "forged"})
    assert forged.headers["Location"] == "/t/sakura/carts/"
    approved = urllib3.request("POST", approval, fields=asked, redirect=False)
    back = urlsplit(approved.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == asked["redirect_uri"]
    answer = aiko.get(f"{back.path}?{back.query}")
    assert answer.headers["Location"] == f"/t/sakura/carts/{cart.public_id}/"
    assert polls.count() == 1
    assert AuditEntry.objects.filter(action="cart.approved").count() == 1
    poll_cart(sakura, cart.pk)
    assert [(run.outcome, run.customers, run.orders) for run in cart.runs.all()] == [
        ("success", 3, 3)
    ]


@pytest.mark.django_db
def test_a_renewed_grant_is_stored_for_all(sakura: Tenant) -> None:
    granted = {"access": "a1", "refresh": "r1", "ends_at": "2020-01-01T00:00:00+00:00"}
    cart = Cart.objects.create(name="店", kind="eccube", granted=granted)
    fetched: list[str] = []

    def fetch(renewal: str) -> dict[str, Any]:
        fetched.append(renewal)
        return {"access_token": "a2", "refresh_token": "r2", "expires_in": 3600}

    assert CartGrants(cart.pk).get_token(fetch) == "a2"
    # Who was refused with the old one gets the new one, and asks for none.
    assert CartGrants(cart.pk).renew_token("a1", fetch) == "a2"
    assert fetched == ["r1"]
    cart.refresh_from_db()
    assert (cart.granted["access"], cart.granted["refresh"]) == ("a2", "r2")


@pytest.mark.django_db
def test_a_grant_that_was_taken_back_meanwhile_stays_so(sakura: Tenant) -> None:
    granted = {"access": "a1", "refresh": "r1", "ends_at": "2020-01-01T00:00:00+00:00"}
    cart = Cart.objects.create(name="店", kind="eccube", granted=granted)

    def fetch(renewal: str) -> dict[str, Any]:
        Cart.objects.filter(pk=cart.pk).update(
            granted={}
        )  # another address was entered
        return {"access_token": "a2", "refresh_token": "r2", "expires_in": 3600}

    with pytest.raises(FixSettings, match="unapproved"):
        CartGrants(cart.pk).get_token(fetch)
    cart.refresh_from_db()
    assert cart.granted == {}


def read_on(shape: EccubeShape, cursor: str) -> tuple[list[int], Page[Any]]:
    """Read everything from the cursor on; return the numbers of the customers, and the last page."""
    window, found = Window(None, START + timedelta(days=1)), set()
    while True:
        page = connect(shape).read(Resource.CUSTOMERS, window, cursor)
        found |= {int(row.external_id) for row in page.rows}
        if not (cursor := page.next_cursor):
            return sorted(found), page


def test_a_customer_deleted_between_two_pages_hides_no_other(
    shape: EccubeShape,
) -> None:
    shape.people = make_people(9)
    window = Window(None, START + timedelta(days=1))
    first = connect(shape).read(Resource.CUSTOMERS, window, "")
    assert [row.external_id for row in first.rows] == ["9", "8", "7"]
    shape.people.pop()
    found, last = read_on(shape, first.next_cursor)
    assert (found, last.complete) == ([1, 2, 3, 4, 5, 6, 7, 8], True)


def test_who_changes_after_the_end_of_the_window_hides_no_other(
    shape: EccubeShape,
) -> None:
    """A first reading lasts longer than the half hour that its window ends after its beginning."""
    shape.people = make_people(9)
    window = Window(None, START + timedelta(days=1))
    first = connect(shape).read(Resource.CUSTOMERS, window, "")
    shape.people[-1].changed_at = START + timedelta(days=2)
    found, last = read_on(shape, first.next_cursor)
    assert (found, last.complete) == ([1, 2, 3, 4, 5, 6], True)
    assert read_on(shape, "")[0] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
