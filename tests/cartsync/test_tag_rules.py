"""Tags by count: the three counts, once, and off again."""

import pytest
from django.test import Client

from cartsync.matching.match import match_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, CartTagHold, CartTagRule, Link
from cartsync.tag_rules import add_rule, apply_rule, apply_rules
from members.identity.delete import delete_members_softly, restore_members
from members.models import Member, MemberTag, TagBatch
from members.tags.assign import untag_members
from members.tags.names import get_or_create_tag
from tests.cartsync.conftest import customer, known, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked(cart: Cart) -> list[Member]:
    """Three members linked; the fourth has no customer."""
    members = [known(f"090-1234-000{number}") for number in range(4)]
    stored(cart, *(customer(number, f"090-1234-000{number}") for number in range(3)))
    match_members(cart)
    for number, member in enumerate(members[:3]):
        cart.customers.filter(links__member=member).update(
            buy_times=number,
            subscription_times=10 - number,
            subscription_state=["", "active", "cancelled"][number],
        )
    return members


def carriers(name: str) -> set[int]:
    return set(
        MemberTag.objects.filter(tag=get_or_create_tag(name)).values_list(
            "member_id", flat=True
        )
    )


@pytest.mark.parametrize(
    ("measure", "op", "value", "expected"),
    [
        ("buy_times", "gte", "1", [1, 2]),
        ("buy_times", "eq", "1", [1]),
        ("buy_times", "lte", "1", [0, 1]),
        ("subscription_times", "gte", "10", [0]),
        ("subscription_state", "eq", "active", [1]),
    ],
)
def test_each_measure(
    cart: Cart,
    linked: list[Member],
    measure: str,
    op: str,
    value: str,
    expected: list[int],
) -> None:
    add_rule(cart, measure=measure, op=op, value=value, tag=get_or_create_tag("回数"))
    assert carriers("回数") == {linked[number].pk for number in expected}


@pytest.mark.parametrize("takes_off", [True, False])
def test_once_and_off_when_it_no_longer_holds(
    cart: Cart, linked: list[Member], takes_off: bool
) -> None:
    add_rule(
        cart,
        measure="buy_times",
        op="gte",
        value="2",
        tag=get_or_create_tag("2回以上"),
        takes_off=takes_off,
    )
    batches = TagBatch.objects.count()
    apply_rules(cart)
    assert TagBatch.objects.count() == batches
    untag_members(
        get_or_create_tag("2回以上"), Member.objects.all(), TagBatch.Source.OPERATOR
    )
    apply_rules(cart)
    assert carriers("2回以上") == set(), "what a person took off stays off"
    cart.customers.update(buy_times=2)
    apply_rules(cart)
    assert carriers("2回以上") == {linked[0].pk, linked[1].pk}
    cart.customers.update(buy_times=0)
    apply_rules(cart)
    assert carriers("2回以上") == (set() if takes_off else {linked[0].pk, linked[1].pk})
    assert CartTagHold.objects.count() == 0


def test_whom_another_rule_gives_the_same_tag_keeps_it(
    cart: Cart, linked: list[Member]
) -> None:
    tag = get_or_create_tag("お得意様")
    for measure, value in (("buy_times", "2"), ("subscription_times", "8")):
        add_rule(cart, measure=measure, op="gte", value=value, tag=tag, takes_off=True)
    cart.customers.update(buy_times=0)
    apply_rules(cart)
    assert carriers("お得意様") == {member.pk for member in linked[:3]}
    cart.customers.update(subscription_times=0)
    apply_rules(cart)
    assert carriers("お得意様") == set()


def test_a_rule_costs_the_same_for_any_number(
    cart: Cart, linked: list[Member], django_assert_max_num_queries: object
) -> None:
    rule = add_rule(
        cart,
        measure="buy_times",
        op="gte",
        value="9",
        tag=get_or_create_tag("9回以上"),
        takes_off=True,
    )
    cart.customers.update(buy_times=9)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        apply_rule(rule)
    assert carriers("9回以上") == {member.pk for member in linked[:3]}


def test_ending_the_link_lets_go(cart: Cart, linked: list[Member]) -> None:
    add_rule(
        cart,
        measure="buy_times",
        op="gte",
        value="2",
        tag=get_or_create_tag("2回以上"),
        takes_off=True,
    )
    end_link(Link.objects.get(member=linked[2]))
    assert carriers("2回以上") == set()
    assert CartTagRule.objects.count() == 1


def test_deleted_members_get_none_and_keep_theirs(
    cart: Cart, linked: list[Member]
) -> None:
    add_rule(
        cart,
        measure="buy_times",
        op="gte",
        value="2",
        tag=get_or_create_tag("2回以上"),
        takes_off=True,
    )
    delete_members_softly(Member.objects.filter(pk__in=[linked[1].pk, linked[2].pk]))
    cart.customers.update(buy_times=2)
    apply_rules(cart)
    assert carriers("2回以上") == {linked[0].pk, linked[2].pk}
    cart.customers.update(buy_times=0)
    apply_rules(cart)
    assert carriers("2回以上") == {linked[2].pk}
    restore_members(Member.objects.all())
    apply_rules(cart)
    assert carriers("2回以上") == set()


def test_nobody_links_a_deleted_member_by_hand(
    cart: Cart, linked: list[Member], ed: Client
) -> None:
    """The list of candidates was left open meanwhile."""
    stored(cart, customer(9, "090-9999-9999"))
    free = cart.customers.get(external_id="9")
    delete_members_softly(Member.objects.filter(pk=linked[3].pk))
    pair = {"member": linked[3].public_id, "customer": str(free.pk)}
    answer = ed.post("/t/sakura/carts/review/link/", pair, follow=True)
    assert [str(each) for each in answer.context["messages"]] == [
        "この会員は削除されたか、別の会員に統合されています。会員の画面で今の状態を確かめてください。"
    ]
    assert not free.links.exists()
