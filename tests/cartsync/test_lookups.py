"""The search box finds linked members by what the cart knows of them."""

import pytest

from cartsync.connectors.base import Customer, Resource
from cartsync.matching.link import link_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, Link
from cartsync.sync.store import store_rows
from members.conditions.search import build_search_q
from members.models import Member
from tenants.scope import open_tenant_scope
from tests.cartsync.conftest import DAY, known, make_cart
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def customer(name: str = "渡邉 花子", version: int = 1) -> Customer:
    return Customer(
        "1",
        "C1",
        name,
        "Hanako.W@example.jp",
        "090-8888-7777",
        "member",
        DAY.replace(minute=version),
        "ワタナベ ハナコ",
    )


@pytest.fixture
def linked(cart: Cart) -> Member:
    member = known("090-1234-5678", name="別の名前")
    store_rows(cart, Resource.CUSTOMERS, [customer()])
    link_members(cart, [(member.pk, cart.customers.get().pk)], "operator")
    return member


def found(text: str) -> list[Member]:
    return list(Member.objects.filter(build_search_q(text)))


@pytest.mark.parametrize(
    "text",
    [
        "hanako.w@example.jp", "hanako", "090-8888-7777", "0908888", "渡辺", "渡邉花子", "花子", "わたなべ", "ﾊﾅｺ",
        "C1",
    ],
)  # fmt: skip
def test_found_by_what_the_cart_knows(linked: Member, text: str) -> None:
    assert found(text) == [linked]


def test_what_is_not_the_customer_s_is_not_found(linked: Member) -> None:
    assert [found(text) for text in ("anako.w@", "8888-7", "山田", "花代")] == [[]] * 4


def test_an_ended_link_finds_nobody(linked: Member) -> None:
    end_link(Link.objects.select_related("cart", "customer__cart").get())
    assert [found(text) for text in ("hanako", "花子", "0908888")] == [[]] * 3


def test_a_new_name_in_the_cart_is_searched(cart: Cart, linked: Member) -> None:
    store_rows(cart, Resource.CUSTOMERS, [customer("鈴木 花子", version=2)])
    assert (found("鈴木"), found("渡辺")) == ([linked], [])


def test_another_shop_finds_nobody(cast: Cast) -> None:
    with open_tenant_scope(cast.sakura):
        cart, member = make_cart(), known("090-1234-5678")
        store_rows(cart, Resource.CUSTOMERS, [customer()])
        link_members(cart, [(member.pk, cart.customers.get().pk)], "operator")
        assert found("花子") == [member]
    with open_tenant_scope(cast.momiji):
        assert found("花子") == []
