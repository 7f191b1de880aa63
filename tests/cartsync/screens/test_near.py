"""惜しい一致: the tab in 要確認, and what is decided there for one and for many."""

import pytest
from django.test import Client

from cartsync.matching.match import match_members
from cartsync.matching.near_review import find_near_cases
from cartsync.matching.operator_decisions import ignore_pair
from cartsync.matching.review import build_cases
from cartsync.models import Cart, IgnoredPair, Link
from members.models import Member, MemberChange
from tests.cartsync.conftest import customer, known, stored
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
REVIEW = "/t/sakura/carts/review/"


@pytest.fixture
def near(cart: Cart) -> list[Member]:
    """Two members of whose numbers one digit is wrong, the newer first."""
    members = [known("090-1234-5670"), known("090-2222-3330")]
    stored(cart, customer(1, "09012345678"), customer(2, "09022223333"))
    return members[::-1]


def choice(*members: Member) -> dict[str, object]:
    chosen: dict[str, object] = {"ids": [member.public_id for member in members]}
    for case in build_cases(members):
        key = f"customer-{case.member.public_id}"
        chosen[key] = case.candidates[0].customer.pk
    return chosen


def shown() -> list[int]:
    return [case.member.pk for case in find_near_cases(0, 20).cases]


def test_the_tab_shows_the_newest_first(near: list[Member], ed: Client) -> None:
    page = ed.get(f"{REVIEW}?view=near")
    assert [case.member for case in page.context["near"].cases] == near
    assert "電話番号が1桁違う顧客がいます（顧客番号C2）" in page.content.decode()


def test_a_page_leads_on(near: list[Member], cart: Cart) -> None:
    first = find_near_cases(0, 1)
    assert ([case.member for case in first.cases], first.after) == (
        near[:1],
        near[0].pk,
    )
    rest = find_near_cases(first.after, 2)
    assert ([case.member for case in rest.cases], rest.after) == (near[1:], 0)


def test_many_are_linked_at_once(near: list[Member], ed: Client) -> None:
    ed.post(f"{REVIEW}near/", {"decision": "link", **choice(*near)})
    pairs = Link.objects.order_by("member").values_list("customer__number", flat=True)
    assert list(pairs) == ["C1", "C2"]
    assert set(Link.objects.values_list("linked_by__login_id", flat=True)) == {"ed"}
    assert shown() == []


def test_ignored_ones_do_not_come_again(near: list[Member], ed: Client) -> None:
    ed.post(f"{REVIEW}near/", {"decision": "ignore", **choice(near[0])})
    pair = IgnoredPair.objects.get()
    assert (pair.member, pair.ignored_by.login_id) == (near[0], "ed")
    assert shown() == [near[1].pk]
    assert MemberChange.objects.filter(after__has_key="cart_link").count() == 1


def test_who_only_looks_decides_nothing(near: list[Member], vic: Client) -> None:
    answer = vic.post(f"{REVIEW}near/", {"decision": "link", **choice(*near)})
    assert answer.status_code == 403
    assert "near-form" not in vic.get(f"{REVIEW}?view=near").content.decode()


def test_ignoring_twice_is_once(near: list[Member], cast: Cast) -> None:
    found = build_cases(near[:1])[0].candidates[0].customer
    assert [ignore_pair(near[0], found) for _time in range(2)] == [True, False]


def test_of_several_the_best_stands_first(cart: Cart) -> None:
    phone = "090-1234-5678"
    member = known(phone, "hanako@example.jp", name="佐藤 花子", name_key="佐藤花子")
    stored(
        cart,
        customer(1, phone, "other@example.jp"),
        customer(2, phone, "hanako@example.jp"),
    )
    cart.customers.filter(number="C1").update(name_key="")
    match_members(cart, [member.pk])
    candidates = build_cases([member])[0].candidates
    assert [(each.customer.number, each.agrees) for each in candidates] == [
        ("C2", "メールアドレスと氏名も同じです"),
        ("C1", ""),
    ]
