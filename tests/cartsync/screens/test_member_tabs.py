"""What a member's page shows of the carts: all of it read only, each with the way to the customer's own page there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from cartsync.connectors.base import Address, Line, Order, Resource, Subscription
from cartsync.matching.link import link_members
from cartsync.models import Cart
from cartsync.sync.store import store_rows
from members.models import Member
from tests.cartsync.conftest import DAY, customer, known, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(cart: Cart) -> Member:
    cart.settings["customer_url"] = "https://shop.example.jp/c/{id}?n={number}"
    cart.lock_days = 7
    cart.save()
    member = known("090-1234-5678")
    row = replace(
        customer(1, "090-1234-5678"),
        points=1230,
        points_expire_at=datetime(2027, 3, 31, tzinfo=UTC),
        coupons="THANKS500",
        addresses=(
            Address("billing", "佐藤 花子", "", "150-0001", "東京都", "渋谷区1-2-3"),
        ),
    )
    (theirs,) = stored(cart, row)
    link_members(cart, [(member.pk, theirs.pk)], matched_by="phone")
    order = Order(
        "9",
        "1",
        "D-2026-0009",
        "sold",
        1,
        5510,
        DAY,
        DAY,
        lines=(Line("TE-1", "めぐり茶", 2, 2480),),
        shipped_at=DAY,
        tracking_number="4000",
        url="https://shop.example.jp/lp",
        campaign="春の初回半額",
        advertiser="LINE広告",
        device="スマートフォン",
    )
    store_rows(cart, Resource.ORDERS, [order])
    monthly = Subscription(
        "5",
        "1",
        "めぐり茶",
        "active",
        2,
        DAY + timedelta(days=30),
        DAY,
        cycle="1か月ごと・20日",
        remaining_times=1,
    )
    store_rows(cart, Resource.SUBSCRIPTIONS, [monthly])
    return member


@pytest.mark.parametrize(
    ("tab", "texts"),
    [
        ("addresses", ["東京都", "渋谷区1-2-3", "150-0001"]),
        ("points", ["1,230", "2027"]),
        ("coupons", ["THANKS500"]),
        ("orders", ["D-2026-0009", "めぐり茶", "×2", "4000"]),
        ("subscriptions", ["1か月ごと・20日", "定期縛り 残り1回", "変更の締切"]),
        ("access", ["春の初回半額", "LINE広告", "スマートフォン", "https://shop.example.jp/lp"]),
    ],
)  # fmt: skip
def test_each_tab_shows_what_the_cart_tells(
    vic: Client, buyer: Member, tab: str, texts: list[str]
) -> None:
    page = vic.get(f"/t/sakura/members/{buyer.public_id}/?tab={tab}").content.decode()
    assert [text for text in texts if text not in page] == []
    assert 'href="https://shop.example.jp/c/1?n=C1"' in page


def test_a_cart_that_is_switched_off_hides_its_tabs(
    vic: Client, buyer: Member, cart: Cart
) -> None:
    url = f"/t/sakura/members/{buyer.public_id}/"
    texts = ["D-2026-0009", "THANKS500", "渋谷区1-2-3", "1か月ごと・20日"]
    Cart.objects.update(is_active=False)
    for tab in ("orders", "coupons", "addresses", "subscriptions"):
        page = vic.get(f"{url}?tab={tab}").content.decode()
        assert [text for text in texts if text in page] == []
    Cart.objects.update(stopped_reason="refused")  # by itself: what it told stays
    assert "D-2026-0009" in vic.get(f"{url}?tab=orders").content.decode()


def test_tabs_of_what_no_cart_tells_are_not_there(vic: Client, cart: Cart) -> None:
    member = known("090-1234-5678")
    (theirs,) = stored(cart, customer(1, "090-1234-5678"))
    link_members(cart, [(member.pk, theirs.pk)], matched_by="phone")
    page = vic.get(f"/t/sakura/members/{member.public_id}/").content.decode()
    assert [
        tab
        for tab in ("addresses", "points", "coupons", "access")
        if f"tab={tab}" in page
    ] == []


def test_a_page_of_the_cart_is_a_web_address(aiko: Client, cart: Cart) -> None:
    from tests.cartsync.screens.test_screens import SETTINGS

    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    for wrong in ("javascript:alert(1)//{id}", "https://shop.example.jp/c/"):
        assert aiko.post(url, SETTINGS | {"customer_url": wrong}).status_code == 422, (
            wrong
        )
    aiko.post(url, SETTINGS | {"customer_url": "https://shop.example.jp/c/{id}"})
    cart.refresh_from_db()
    assert cart.settings["customer_url"] == "https://shop.example.jp/c/{id}"
