"""Webhooks of carts: a signed one has the poll fetch what changed, and nothing else happens."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.models import Cart, SyncRun
from cartsync.sync.hints import LEAST_PAUSE
from tenants.models import Tenant, Wakeup

pytestmark = pytest.mark.django_db
KEY = "right-key"
BODY = b'[{"entity":"customer","id":7,"action":"updated"}]'
ENDS = "2999-01-01T00:00:00+00:00"


def sign(kind: str, body: bytes = BODY, key: str = KEY) -> dict[str, str]:
    made = hmac.new(key.encode(), body, hashlib.sha256)
    if kind == "shopify":
        return {"X-Shopify-Hmac-Sha256": base64.b64encode(made.digest()).decode()}
    return {"X-ECCUBE-Signature": made.hexdigest()}


def make_hinting_cart(kind: str, /, **values: Any) -> Cart:
    granted = {"access": "a", "refresh": "r", "ends_at": ENDS}
    own = {"base_url": "https://shop.example.jp", "hint_secret": KEY}
    return Cart.objects.create(
        **{"name": "店", "kind": kind, "settings": own, "granted": granted, **values}
    )


def post(cart: Cart, headers: dict[str, str], body: bytes = BODY) -> int:
    address = f"/p/sakura/hooks/cart/{cart.public_id}/"
    sent = Client().post(
        address, body, content_type="application/json", headers=headers
    )
    return sent.status_code


def count_polls() -> int:
    return Wakeup.objects.filter(kind="cartsync.poll").count()


@pytest.mark.parametrize("kind", ["shopify", "eccube"])
def test_a_signed_one_has_the_cart_polled(sakura: Tenant, kind: str) -> None:
    cart = make_hinting_cart(kind)
    assert post(cart, sign(kind)) == 200
    assert post(cart, sign(kind)) == 200  # once more is the same poll
    (poll,) = Wakeup.objects.filter(kind="cartsync.poll")
    assert (poll.subject, poll.due_at <= timezone.now()) == (cart.pk, True)


@pytest.mark.parametrize("kind", ["shopify", "eccube"])
@pytest.mark.parametrize(
    "trick", ["other key", "other body", "unsigned", "letters", "no key"]
)
def test_a_forged_one_does_nothing(sakura: Tenant, kind: str, trick: str) -> None:
    own = {"base_url": "https://shop.example.jp"}
    cart = make_hinting_cart(kind, **({"settings": own} if trick == "no key" else {}))
    headers = {
        "other key": sign(kind, key="wrong"),
        "other body": sign(kind, b"[]"),
        "unsigned": {},
        "letters": dict.fromkeys(sign(kind), "é"),
        "no key": sign(kind, key=""),
    }[trick]
    assert post(cart, headers) == 403
    assert count_polls() == 0


def test_many_poll_no_more_often_than_once_a_minute(sakura: Tenant) -> None:
    cart = make_hinting_cart("eccube")
    at = timezone.now() - timedelta(seconds=10)
    SyncRun.objects.create(cart=cart, started_at=at, begun_at=at)
    post(cart, sign("eccube"))
    assert Wakeup.objects.get(kind="cartsync.poll").due_at == at + LEAST_PAUSE


@pytest.mark.parametrize(
    "values",
    [
        {"is_active": False},
        {"granted": {}},
        {"failures": 1},
        {"kind": "ecforce"},
        {"kind": "ordermail"},
    ],
)
def test_who_is_not_polled_takes_no_hints(
    sakura: Tenant, values: dict[str, Any]
) -> None:
    cart = make_hinting_cart("eccube", **values)
    post(cart, sign("eccube"))
    assert count_polls() == 0


def test_the_page_says_where_webhooks_go(aiko: Client, sakura: Tenant) -> None:
    cart = make_hinting_cart("shopify")
    page = aiko.get(f"/t/sakura/carts/{cart.public_id}/").content.decode()
    assert f"/p/sakura/hooks/cart/{cart.public_id}/" in page
    assert "受け取れます" in page
    assert KEY not in page
