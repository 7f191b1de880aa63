from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cartsync.matching.link import link_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, CartCustomer, CartOrder, Link
from members.conditions.sentences import describe_condition
from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition
from members.models import Member
from members.tags.names import get_or_create_tag
from members.valuelists.lists import make_value_list
from tests.cartsync.conftest import customer, known, make_cart, stored


def names(field: str, op: str, value: Any) -> str:
    found = filter_members(
        Member.objects.all(), {"field": field, "op": op, "value": value}
    )
    return "".join(sorted(found.values_list("name", flat=True)))


def linked(
    cart: Cart, name: str, number: int, state: str = "member", **counts: Any
) -> CartCustomer:
    member = Member.objects.filter(name=name).first() or Member.objects.create(
        name=name
    )
    (row,) = stored(cart, customer(number, state=state))
    CartCustomer.objects.filter(pk=row.pk).update(**counts)
    link_members(cart, [(member.pk, row.pk)], "phone")
    return row


def ordered(row: CartCustomer, at: datetime) -> None:
    CartOrder.objects.create(
        cart=row.cart,
        external_id=f"{row.pk}{at}",
        customer_external_id=row.external_id,
        number="1",
        state="sold",
        ordered_at=at,
        changed_at=at,
    )


def test_the_carts_of_a_member(cart: Cart) -> None:
    second = make_cart(name="二号店")
    linked(cart, "a", 1)
    linked(second, "b", 2, state="guest")
    linked(cart, "c", 3)
    end_link(Link.objects.get(member__name="c"))
    Member.objects.create(name="d")
    assert names("cart", "in", [cart.public_id]) == "a"
    assert names("cart", "not_in", [cart.public_id]) == "bcd"
    assert (names("cart", "filled", True), names("cart", "empty", True)) == ("ab", "cd")
    assert (
        names("cart_state", "in", ["guest"]),
        names("cart_state", "not_in", ["guest", "member"]),
    ) == ("b", "cd")
    assert names("linked_at", "between", [{"days": -1}, {"days": 0}]) == "ab"
    assert names("linked_at", "until", {"days": -1}) == ""
    assert describe_condition(
        {"field": "cart", "op": "in", "value": [second.public_id]}
    ) == ("連携しているカート（二号店）の会員")
    with pytest.raises(BadCondition):
        names("cart", "not_in", ["gone"])


def test_the_three_counts_are_never_mixed(cart: Cart) -> None:
    second = make_cart(name="二号店")
    linked(
        cart,
        "a",
        1,
        buy_times=3,
        buy_total=12_800,
        subscription_times=0,
        subscription_state="active",
    )
    linked(second, "a", 2, buy_times=1, buy_total=500)
    linked(cart, "b", 3, buy_times=0, buy_total=0, subscription_times=3)
    Member.objects.create(name="c")
    assert names("buy_times", "at_least", 3) == "a"
    assert names("buy_times", "at_most", 1) == "ab"
    assert names("buy_total", "between", [1_000, 20_000]) == "a"
    assert names("subscription_times", "equals", 3) == "b"
    assert (
        names("subscription_state", "in", ["active"]),
        names("subscription_state", "not_in", ["active"]),
    ) == (
        "a",
        "bc",
    )


def test_the_newest_order(cart: Cart) -> None:
    old, new = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)
    a, b = linked(cart, "a", 1), linked(cart, "b", 2)
    linked(cart, "c", 3)
    ordered(a, old)
    ordered(a, new)
    ordered(b, old)
    assert names("ordered_at", "on", "2026-01-10") == "b"
    assert names("ordered_at", "from", "2026-01-10") == "ab"
    assert names("ordered_at", "until", "2026-06-30") == "b"
    assert names("ordered_at", "between", ["2026-01-01", "2026-12-31"]) == "ab"
    assert (
        names("ordered_at", "filled", True),
        names("ordered_at", "empty", True),
    ) == ("ab", "c")
    ordered(b, timezone.now() - timedelta(hours=1))
    assert names("ordered_at", "from", {"days": -1}) == "b"


def test_in_a_tree_with_tags(cart: Cart) -> None:
    linked(cart, "a", 1, buy_times=3)
    linked(cart, "b", 2)
    third = get_or_create_tag("定期3回目")
    tree = {
        "any": [
            {"field": "buy_times", "op": "at_least", "value": 3},
            {"field": "tag", "op": "has_all", "value": [third.pk]},
        ]
    }
    assert [member.name for member in filter_members(Member.objects.all(), tree)] == [
        "a"
    ]
    assert [
        member.name for member in filter_members(Member.objects.all(), {"not": tree})
    ] == ["b"]


def test_ids_and_numbers_of_customers_with_other_conditions(cart: Cart) -> None:
    linked(cart, "a", 1, buy_times=3)
    linked(cart, "b", 2)
    linked(cart, "c", 3)
    ids = make_value_list("1, 2 9", "customer_id").public_id
    numbers = make_value_list("C2\nC3", "customer_number").public_id
    assert (
        names("customer_id", "in_list", ids),
        names("customer_id", "not_in_list", ids),
    ) == ("ab", "c")
    assert names("customer_number", "in_list", numbers) == "bc"
    often = {"field": "buy_times", "op": "at_least", "value": 3}
    both = {"all": [{"field": "customer_id", "op": "in_list", "value": ids}, often]}
    assert [member.name for member in filter_members(Member.objects.all(), both)] == [
        "a"
    ]


def test_points_as_the_cart_tells_them(cart: Cart) -> None:
    rich, poor = known("090-1234-0001"), known("090-1234-0002")
    for number, (member, points) in enumerate(((rich, 1200), (poor, None))):
        (theirs,) = stored(cart, customer(number, member.phone))
        CartCustomer.objects.filter(pk=theirs.pk).update(points=points)
        link_members(cart, [(member.pk, theirs.pk)], matched_by="phone")
    leaf = {"field": "points", "op": "at_least", "value": 1000}
    found = filter_members(Member.objects.all(), {"all": [leaf]})
    assert list(found) == [rich]
