from dataclasses import replace

import pytest
from django.utils import timezone

from cartsync.connectors.base import Order, Resource
from cartsync.matching.link import flag_changed_links, link_members
from cartsync.matching.match import decide_matches, match_members
from cartsync.matching.operator_decisions import accept_link_changes, end_link
from cartsync.matching.preview import preview_matching_change
from cartsync.models import Cart, Link
from cartsync.sync.store import store_rows
from members.models import Member, MemberTag, TagBatch
from members.tags.names import get_or_create_tag
from tests.cartsync.conftest import DAY, customer, known, make_cart, stored

pytestmark = pytest.mark.django_db
PHONE = "090-1234-5678"


def pairs() -> set[tuple[int, int]]:
    return set(Link.objects.current().values_list("member_id", "customer_id"))


def states(*members: Member) -> list[str]:
    return [Member.objects.get(pk=member.pk).link_state for member in members]


def test_one_meets_one(cart: Cart) -> None:
    ours, nobody = known(PHONE), known("090-0000-1111")
    (theirs,) = stored(cart, customer(1, "０９０１２３４５６７８"))
    assert match_members(cart) == [ours.pk]
    assert pairs() == {(ours.pk, theirs.pk)}
    assert states(ours, nobody) == ["linked", "known"]
    assert match_members(cart) == []
    assert TagBatch.objects.count() == 1


def test_the_cart_says_by_what(sakura: object) -> None:
    ours = known(PHONE, "hanako@example.jp")
    by_mail = make_cart(match_key="email")
    stored(by_mail, customer(1, PHONE, "other@example.jp"))
    assert match_members(by_mail) == []
    stored(by_mail, customer(2, "", "Ｈanako@Example.jp"))
    assert match_members(by_mail) == [ours.pk]


def test_nobody_is_linked_unless_both_are_the_only_ones(cart: Cart) -> None:
    twins, one = (known(PHONE), known(PHONE)), known("090-1111-2222")
    stored(
        cart,
        customer(1, PHONE),
        customer(2, "090-1111-2222"),
        customer(3, "090-1111-2222"),
    )
    assert match_members(cart) == []
    assert states(*twins, one) == ["review", "review", "review"]
    found = {row.member_id: row.verdict for row in decide_matches(cart)}
    assert found == {
        twins[0].pk: "members",
        twins[1].pk: "members",
        one.pk: "customers",
    }


def test_a_customer_who_is_linked_is_taken(cart: Cart) -> None:
    first = known(PHONE)
    (theirs,) = stored(cart, customer(1, PHONE))
    match_members(cart)
    second = known(PHONE)
    assert match_members(cart) == []
    assert pairs() == {(first.pk, theirs.pk)}
    assert states(first, second) == ["linked", "review"]
    assert [row.verdict for row in decide_matches(cart)] == ["taken"]


def test_unanswered_members_and_left_customers_are_nobody(cart: Cart) -> None:
    Member.objects.create(phone=PHONE, phone_e164="+819012345678")
    stored(cart, customer(1, PHONE))
    assert match_members(cart) == []
    known("090-1111-2222")
    stored(
        cart,
        customer(2, "090-1111-2222", state="left"),
        customer(3, "090-1111-2222", state="visitor"),
    )
    assert match_members(cart) == []


def test_only_buyers_when_the_shop_says_so(cart: Cart) -> None:
    ours = known(PHONE)
    _without, buyer = stored(cart, customer(1, PHONE), customer(2, PHONE))
    cart.needs_order = True
    cart.save()
    assert match_members(cart) == []
    cart.customers.filter(pk=buyer.pk).update(order_count=1)
    assert match_members(cart) == [ours.pk]
    assert pairs() == {(ours.pk, buyer.pk)}


def test_an_ended_pair_stays_ended(cart: Cart) -> None:
    ours = known(PHONE)
    stored(cart, customer(1, PHONE))
    match_members(cart)
    end_link(Link.objects.get())
    assert states(ours) == ["known"]
    assert MemberTag.objects.count() == 0
    assert match_members(cart) == []
    assert [row.verdict for row in decide_matches(cart)] == ["ended"]
    assert link_members(cart, [(ours.pk, cart.customers.get().pk)], "operator") == [
        ours.pk
    ]


def test_the_tag_stays_when_the_shop_says_so_or_another_link_gives_it(
    sakura: object,
) -> None:
    keeps, other = make_cart(untag_on_end=False), make_cart(name="二号店")
    ours = known(PHONE)
    for cart in (keeps, other):
        stored(cart, customer(1, PHONE))
        match_members(cart)
    end_link(Link.objects.get(cart=other))
    assert (
        MemberTag.objects.filter(member=ours, tag=get_or_create_tag("連携済み")).count()
        == 1
    )
    assert states(ours) == ["linked"]
    end_link(Link.objects.get(cart=keeps))
    assert MemberTag.objects.filter(member=ours).count() == 1
    assert states(ours) == ["known"]


def test_a_change_is_flagged_once_and_kept(cart: Cart) -> None:
    ours = known(PHONE)
    stored(cart, customer(1, PHONE, "a@example.jp"))
    match_members(cart)
    Member.objects.update(email="new@example.jp", email_key="new@example.jp")
    assert flag_changed_links(member_ids=[ours.pk]) == 0, "a first value is no change"
    stored(cart, customer(1, "090-9999-8888", "a@example.jp", version=1))
    pair = Link.objects.get()
    assert flag_changed_links(cart=cart, since=pair.linked_at) == 1
    assert flag_changed_links(cart=cart, since=pair.linked_at) == 0
    pair.refresh_from_db()
    assert pair.changed_at is not None and pair.ended_at is None
    assert states(ours) == ["linked"]
    accept_link_changes(pair)
    assert flag_changed_links(cart=cart, since=pair.linked_at) == 0
    Member.objects.update(email="newer@example.jp", email_key="newer@example.jp")
    assert flag_changed_links(member_ids=[ours.pk]) == 1


def test_preview_of_another_key(cart: Cart) -> None:
    first, second = known(PHONE, "a@example.jp"), known("090-1111-2222", "b@example.jp")
    one, two, _three = stored(
        cart,
        customer(1, PHONE, "a@example.jp"),
        customer(2, "090-1111-2222"),
        customer(3, "", "c@example.jp"),
    )
    link_members(cart, [(first.pk, one.pk), (second.pk, two.pk)], "phone")
    known("", "c@example.jp")
    told = preview_matching_change(cart, match_key="email")
    assert (told.added, told.kept, told.unsupported) == (1, 1, 1)
    assert cart.match_key == "phone"


def test_preview_of_who_is_linked_at_all(cart: Cart) -> None:
    """Only those with an order, or the LINE id as well."""
    line = "U" + "a" * 32
    first, second = known(PHONE), known("090-1111-2222")
    one, two, _three = stored(
        cart,
        customer(1, PHONE),
        customer(2, "090-1111-2222"),
        replace(customer(3), line_id=line),
    )
    link_members(cart, [(first.pk, one.pk), (second.pk, two.pk)], "phone")
    store_rows(cart, Resource.ORDERS, [Order("1", "2", "D1", "sold", 1, 1, DAY, DAY)])
    Member.objects.create(line_user_id=line)
    told = preview_matching_change(cart, needs_order=True)
    assert (told.added, told.kept, told.unsupported) == (0, 1, 1)
    told = preview_matching_change(cart, uses_line_id=True)
    assert (told.added, told.kept, told.unsupported) == (1, 2, 0)


def test_deleted_members_are_matched_with_nobody(cart: Cart) -> None:
    gone, there = known(PHONE), known(PHONE)
    Member.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    (theirs,) = stored(cart, customer(1, PHONE))
    assert match_members(cart) == [there.pk]
    assert pairs() == {(there.pk, theirs.pk)} and states(gone) == ["known"]
