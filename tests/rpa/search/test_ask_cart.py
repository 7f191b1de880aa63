"""The search at the cart itself, over real HTTP: what the cart has now counts, not what we copied."""

from typing import Any

import pytest

from cartsync.connectors.kinds import build_connector
from cartsync.models import Cart
from rpa.models import RpaSettings
from rpa.search.ask_cart import Search, search_customer
from rpa.search.masks import mask_value
from sandbox.serving import Sandbox
from tests.cartsync.conftest import customer, stored

HANAKO = {"name": "髙橋 花子", "email": "hanako@example.jp", "full_tel": "0312345678"}


def search(cart: Cart, ticked: str, mode: str = "any", **values: str) -> Search:
    settings = RpaSettings(order=ticked.split(), ticked=ticked.split(), mode=mode)
    return search_customer(cart, build_connector(cart), settings, values)


def add(shop: Sandbox, **values: Any) -> str:
    return str(shop.cart.add_customer(HANAKO | values)["id"])


def test_the_cart_is_asked_and_not_our_copy(live: Cart, shop: Sandbox) -> None:
    stored(live, customer(7, "", "hanako@example.jp"))
    assert search(live, "email", email="hanako@example.jp").decision.finding == "none"
    number = add(shop)
    found = search(live, "email", email="Ｈanako@Example.JP ")
    assert (found.decision.finding, found.decision.customer) == ("unique", number)
    (trace,) = found.traces
    assert (trace.key, trace.masked, trace.hits) == ("email", "h***@example.jp", 1)


def test_a_family_shares_a_phone(live: Cart, shop: Sandbox) -> None:
    mother = add(shop)
    add(shop, email="taro@example.jp", name="高橋 太郎")
    values = {"phone": "03-1234-5678", "email": "hanako@example.jp"}
    assert search(live, "phone email", **values).decision.finding == "several"
    assert search(live, "email phone", **values).decision.customer == mother
    assert search(live, "phone email", "all", **values).decision.customer == mother


@pytest.mark.parametrize("name", ["高橋花子", "髙橋　花子", "高橋 花子"])
def test_variant_kanji_are_one_name(live: Cart, shop: Sandbox, name: str) -> None:
    number = add(shop)
    add(shop, email="jiro@example.jp", name="高橋 次郎")
    found = search(live, "phone name", "all", phone="0312345678", name=name)
    assert found.decision.customer == number
    assert [(trace.key, trace.hits) for trace in found.traces] == [
        ("phone", 2),
        ("name", 1),
    ]


def test_a_name_is_proposed_by_our_copy_and_read_again(
    live: Cart, shop: Sandbox
) -> None:
    number = add(shop)
    row = stored(live, customer(int(number)))[0]
    row.name, row.name_key = "髙橋 花子", "高橋花子"
    row.save()
    values = {"email": "nobody@example.jp", "name": "高橋花子"}
    assert search(live, "email name", **values).decision.customer == number
    shop.cart.edit_customer(int(number), {"name01": "田中"})
    assert search(live, "email name", **values).decision.finding == "none"


def test_who_left_the_cart_is_nobody(live: Cart, shop: Sandbox) -> None:
    number = add(shop)
    shop.cart.edit_customer(int(number), {"state": "withdrawn"})
    assert search(live, "email", email="hanako@example.jp").decision.finding == "none"


def test_another_key_that_means_somebody_else(live: Cart, shop: Sandbox) -> None:
    hanako, taro = (
        add(shop),
        add(shop, email="taro@example.jp", full_tel="0398765432"),
    )
    found = search(live, "email phone", email="hanako@example.jp", phone="0398765432")
    assert found.decision.finding == "conflict"
    assert found.decision.candidates == (hanako, taro)


@pytest.mark.parametrize(
    ("key", "value", "masked"),
    [
        ("email", "hanako@example.jp", "h***@example.jp"),
        ("phone", "+819012345678", "090-****-5678"),
        ("name", "高橋花子", "高＊＊＊"),
        ("name", "", ""),
    ],
)
def test_masks(key: str, value: str, masked: str) -> None:
    assert mask_value(key, value) == masked
