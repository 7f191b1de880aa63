"""Which subscription is meant: 商品名 and 商品コード, compared in one width and without blanks."""

import pytest

from cartsync.connectors.base import Subscription
from rpa.models import RpaSettings
from rpa.search.products import Product, find_subscriptions
from tests.cartsync.conftest import DAY

pytestmark = pytest.mark.usefixtures("sakura")


def subscription(
    number: str, name: str, code: str = "", state: str = "active"
) -> Subscription:
    return Subscription(number, "1", name, state, 1, None, DAY, product_code=code)


GREEN = subscription("1", "つづける青汁 31包", "SP-100")
TEA = subscription("2", "めぐり茶 30包", "TE-010")
OLD = subscription("3", "つづける青汁 31包", "SP-100", "cancelled")
PAUSED = subscription("4", "つづける青汁 31包", "SP-100", "suspended")
NAMELESS = subscription("5", "つづける青汁 31包")


def find(product: Product, *rows: Subscription, **values: bool) -> list[str]:
    found = find_subscriptions(product, rows, RpaSettings(**values))
    return [each.external_id for each in found]


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("つづける青汁 31包", "SP-100", ["1"]),
        ("つづける青汁　３１包", "ＳＰ-100", ["1"]),
        ("つづける青汁31包", "", ["1"]),
        ("", "sp-100", ["1"]),
        ("つづける青汁", "", []),
        ("つづける青汁 31包", "TE-010", []),
        ("", "", ["1", "2"]),
    ],
)
def test_both_must_be_equal(name: str, code: str, found: list[str]) -> None:
    assert find(Product(name, code), GREEN, TEA, OLD) == found


def test_either_can_be_switched_off() -> None:
    wrong_code = Product("めぐり茶 30包", "XX")
    assert find(wrong_code, GREEN, TEA) == []
    assert find(wrong_code, GREEN, TEA, compares_product_code=False) == ["2"]
    wrong_name = Product("別の品", "TE-010")
    assert find(wrong_name, GREEN, TEA, compares_product_name=False) == ["2"]


def test_two_that_fit_are_both_found() -> None:
    assert find(Product("つづける青汁 31包"), GREEN, PAUSED) == ["1", "4"]


def test_a_cart_without_codes_agrees_with_none() -> None:
    assert find(Product("つづける青汁 31包", "SP-100"), NAMELESS) == []


def test_a_chosen_subscription_must_be_of_the_product_as_well() -> None:
    chosen = Product("つづける青汁 31包", subscription="4")
    assert find(chosen, GREEN, PAUSED) == ["4"]
    assert find(chosen, GREEN, TEA) == []
    assert find(Product("めぐり茶 30包", subscription="4"), GREEN, PAUSED, TEA) == []
