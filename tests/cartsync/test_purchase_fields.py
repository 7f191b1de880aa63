"""Conditions about what linked customers bought, by which way, and what their subscriptions do next."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from cartsync.connectors.base import Line, Order, Resource, Subscription
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, CartCustomer, Link, Product
from cartsync.purchase_fields import PRODUCT, make_product_key
from cartsync.sync.store import store_rows
from members.conditions.kinds.base import RowInputs
from members.conditions.search import save_search_text
from members.conditions.sentences import describe_condition
from members.conditions.tree import BadCondition
from members.conditions.url import encode_condition
from members.listing.list_filter import build_leaf
from members.models import Member
from members.normalize.dates import get_today
from tests.cartsync.conftest import make_cart
from tests.cartsync.test_condition_fields import linked, names

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 10, tzinfo=UTC)


def order(
    number: int, *lines: Line, state: str = "sold", buyer: int = 0, **rest: Any
) -> Order:
    return Order(
        f"o{number}",
        str(buyer or number),
        f"N{number}",
        state,
        1,
        1_000,
        AT,
        AT,
        lines=tuple(lines),
        **rest,
    )


def text(words: str) -> str:
    return save_search_text(words)


@pytest.fixture
def buyers(cart: Cart) -> Cart:
    """a bought soap and cream, b cream (returned), c nothing; d is not linked, e no longer."""
    for number, name in enumerate("abce", 1):
        linked(cart, name, number)
    Member.objects.create(name="d")
    soap, cream = Line("S-1", "やさしい石けん"), Line("C-1", "うるおいクリーム")
    store_rows(
        cart,
        Resource.ORDERS,
        [
            order(
                1,
                soap,
                cream,
                campaign="夏のLP",
                device="スマートフォン",
                url="https://shop.example.jp/lp1",
            ),
            order(2, cream, state="returned", advertiser="A社"),
            order(4, soap),
        ],
    )
    end_link(Link.objects.get(member__name="e"))
    return cart


def key(number: str) -> str:
    return make_product_key(
        Product.objects.select_related("cart").get(external_id=number)
    )


def test_who_bought_a_product(buyers: Cart) -> None:
    assert names("product", "in", [key("S-1")]) == "a"
    assert names("product", "in", [key("C-1")]) == "a", (
        "what was returned is no purchase"
    )
    assert names("product", "not_in", [key("S-1"), key("C-1")]) == "bcde"
    assert names("product", "contains", text("石けん")) == "a"
    assert names("product", "contains", text("c-1")) == "a"
    assert names("product", "lacks", text("石けん")) == "bcde"
    leaf = {"field": "product", "op": "in", "value": [key("S-1")]}
    assert describe_condition(leaf) == "購入した商品（やさしい石けんを購入）の会員"


def test_a_product_of_another_cart_is_another_one(buyers: Cart) -> None:
    second = make_cart(name="二号店")
    linked(second, "c", 9)
    store_rows(second, Resource.ORDERS, [order(9, Line("S-1", "別の石けん"))])
    theirs = make_product_key(
        Product.objects.select_related("cart").get(name="別の石けん")
    )
    assert names("product", "in", [theirs]) == "c"
    assert set(PRODUCT.find_products([theirs, key_of(buyers, "S-1")])) == {
        theirs,
        key_of(buyers, "S-1"),
    }


def key_of(cart: Cart, number: str) -> str:
    return f"{cart.public_id}:{number}"


def test_a_product_that_is_gone_finds_nobody(buyers: Cart) -> None:
    with pytest.raises(BadCondition):
        names("product", "in", [key_of(buyers, "nothing")])
    with pytest.raises(ValidationError):
        PRODUCT.read(RowInputs(many=[key_of(buyers, "nothing")]))
    assert PRODUCT.read(RowInputs(many=[key("S-1")])) == [key("S-1")]
    offered = dict(PRODUCT.options(RowInputs()))
    assert offered[key("C-1")] == "うるおいクリーム（C-1）"


def test_all_orders_are_counted_whatever_their_state(buyers: Cart) -> None:
    assert names("order_count", "at_least", 1) == "ab"
    assert names("order_count", "equals", 0) == "c"


@pytest.mark.parametrize(
    ("field", "word", "found"),
    [
        ("order_url", "/LP1", "a"),
        ("order_campaign", "夏", "a"),
        ("order_advertiser", "a社", "b"),
        ("order_device", "スマート", "a"),
    ],
)
def test_the_way_of_the_order(buyers: Cart, field: str, word: str, found: str) -> None:
    rest = "".join(sorted(set("abcde") - set(found)))
    assert names(field, "contains", text(word)) == found
    assert names(field, "lacks", text(word)) == rest
    assert (names(field, "filled", True), names(field, "empty", True)) == (found, rest)


def subscription(number: int, days: int, state: str = "active") -> Subscription:
    at = datetime.combine(get_today() + timedelta(days=days), datetime.min.time(), UTC)
    return Subscription(
        f"s{number}", str(number), "石けん", state, 3, at + timedelta(hours=3), AT
    )


def test_the_next_delivery_of_running_subscriptions(buyers: Cart) -> None:
    store_rows(
        buyers,
        Resource.SUBSCRIPTIONS,
        [subscription(1, 3), subscription(2, 3, "suspended"), subscription(3, 30)],
    )
    assert names("next_delivery", "between", [{"days": 0}, {"days": 7}]) == "a"
    assert names("next_delivery", "from", {"days": 20}) == "c"
    assert names("next_delivery", "filled", True) == "ac"
    assert names("next_delivery", "empty", True) == "bde"


def test_points_that_expire_and_coupons(buyers: Cart) -> None:
    soon = datetime.combine(get_today() + timedelta(days=5), datetime.min.time(), UTC)
    CartCustomer.objects.filter(external_id="1").update(
        points_expire_at=soon, coupons="SUMMER10"
    )
    assert names("points_expire", "between", [{"days": 0}, {"days": 10}]) == "a"
    assert names("points_expire", "empty", True) == "bcde"
    assert names("coupons", "contains", text("summer")) == "a"
    assert names("coupons", "lacks", text("summer")) == "bcde"
    assert names("coupons", "filled", True) == "a"


def test_products_are_ticked_in_the_builder(aiko: Client, buyers: Cart) -> None:
    leaf = build_leaf("product", "in", [key("S-1")])
    url = f"/t/sakura/members/?c={quote(encode_condition({'all': [leaf]}))}"
    page = aiko.get(url)
    assert [member.name for member in page.context["page"].rows] == ["a"]
    assert "やさしい石けんを購入" in page.content.decode()
