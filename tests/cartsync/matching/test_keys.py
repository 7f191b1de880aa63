"""The keys in their order: the LINE id where the cart's is of our provider, then the cart's own key."""

from dataclasses import replace

import pytest
from django.test import Client

from cartsync.matching.match import (
    check_line_ids,
    decide_matches,
    match_members,
)
from cartsync.matching.operator_decisions import end_link
from cartsync.matching.preview import describe_rule_effects
from cartsync.models import Cart, CartCustomer, Link
from members.identity.shared_emails import set_email_rule
from members.models import Member, MemberTag
from tests.cartsync.conftest import customer, known, make_cart, stored
from tests.cartsync.screens.test_screens import SETTINGS

pytestmark = pytest.mark.django_db
A, B = "U" + "a" * 32, "U" + "b" * 32


@pytest.fixture
def by_line(cart: Cart) -> Cart:
    cart.uses_line_id = True
    cart.save()
    return cart


def friend(line: str, phone: str = "") -> Member:
    values = {"line_user_id": line, "line_state": "friend"}
    return known(phone, **values) if phone else Member.objects.create(**values)


def linked() -> dict[int, tuple[str, str]]:
    rows = Link.objects.current().select_related("customer")
    return {row.member_id: (row.customer.external_id, row.matched_by) for row in rows}


def test_the_line_id_comes_first_and_needs_no_answer(by_line: Cart) -> None:
    silent, answered = friend(A), friend(B, "090-1111-0001")
    stored(
        by_line,
        replace(customer(1, "09011110001"), line_id=A),
        replace(customer(2), line_id=B),
        customer(3, "09022220002"),
    )
    third = known("090-2222-0002")
    match_members(by_line)
    assert linked() == {
        silent.pk: ("1", "line"),
        answered.pk: ("2", "line"),
        third.pk: ("3", "phone"),
    }
    silent.refresh_from_db()
    assert silent.link_state == "linked"
    assert MemberTag.objects.filter(tag=by_line.linked_tag).count() == 3


def test_whose_customer_has_anothers_line_id_waits_for_a_person(by_line: Cart) -> None:
    owner, other = friend(A), known("090-1111-0001")
    stored(by_line, replace(customer(1, "09011110001"), line_id=A))
    assert [(found.member_id, found.verdict) for found in decide_matches(by_line)] == [
        (owner.pk, "unique"),
        (other.pk, "taken"),
    ]
    assert [found.verdict for found in decide_matches(by_line, [other.pk])] == ["taken"]
    match_members(by_line)
    assert linked() == {owner.pk: ("1", "line")}
    other.refresh_from_db()
    assert other.link_state == "review"


def test_two_customers_with_one_line_id_are_for_a_person(by_line: Cart) -> None:
    member = friend(A, "090-1111-0001")
    stored(
        by_line,
        replace(customer(1), line_id=A),
        replace(customer(2), line_id=A),
        customer(3, "09011110001"),
    )
    match_members(by_line)
    assert linked() == {}
    member.refresh_from_db()
    assert member.link_state == "review"


def test_a_pair_that_a_person_ended_stays_ended(by_line: Cart) -> None:
    member = friend(A)
    stored(by_line, replace(customer(1), line_id=A))
    match_members(by_line)
    end_link(Link.objects.get(member=member))
    match_members(by_line)
    assert linked() == {}


def test_without_the_setting_the_line_id_is_no_key(cart: Cart) -> None:
    friend(A)
    stored(cart, replace(customer(1), line_id=A))
    match_members(cart)
    assert linked() == {}


def test_it_is_switched_on_only_where_ids_are_ours(aiko: Client, cart: Cart) -> None:
    url = f"/t/sakura/carts/{cart.public_id}/settings/"
    stored(cart, *(replace(customer(n), line_id=f"U{n:032}") for n in range(20)))
    refused = aiko.post(url, SETTINGS | {"uses_line_id": "on"})
    assert refused.status_code == 422
    assert "カートのLINE ID 20件のうち" in refused.content.decode()
    cart.refresh_from_db()
    assert not cart.uses_line_id
    friend(f"U{7:032}")
    assert (check_line_ids(cart).known, check_line_ids(cart).ours) == (20, 1)
    wanted = SETTINGS | {"uses_line_id": "on"}
    assert "新しく1件が連携します" in aiko.post(url, wanted).content.decode()
    assert aiko.post(url, wanted | {"accepts_change": "on"}).status_code == 302
    cart.refresh_from_db()
    assert cart.uses_line_id


def test_an_address_that_the_cart_made_up_is_no_key(sakura: object) -> None:
    cart = make_cart(match_key="email")
    known("", "auto@example.jp")
    stored(cart, replace(customer(1, "", "auto@example.jp"), is_auto_email=True))
    match_members(cart)
    assert linked() == {}


def test_who_left_does_not_count_where_they_may_share(sakura: object) -> None:
    cart = make_cart(match_key="email")
    gone, here = known("", "a@example.jp"), known("", "a@example.jp")
    Member.objects.filter(pk=gone.pk).update(cart_state="left")
    stored(cart, customer(1, "", "a@example.jp"))
    other = make_cart(name="二号店", match_key="email")
    (left,) = stored(other, customer(9, "", "", state="left"))
    Link.objects.create(
        cart=other,
        member=gone,
        customer=left,
        matched_by="operator",
        linked_at=left.changed_at,
    )
    assert [found.verdict for found in decide_matches(cart, [here.pk])] == ["members"]
    (line, _second) = describe_rule_effects("left")
    assert line.startswith("カート「本店」では、新しく1件")
    set_email_rule("left")
    assert [found.verdict for found in decide_matches(cart, [here.pk])] == ["unique"]
    match_members(cart)
    assert linked() == {gone.pk: ("9", "operator"), here.pk: ("1", "email")}
    assert CartCustomer.objects.filter(cart=cart).count() == 1


def test_one_who_left_is_linked_where_nobody_shares(sakura: object) -> None:
    cart = make_cart(match_key="email")
    gone = known("", "a@example.jp", cart_state="left")
    stored(cart, customer(1, "", "a@example.jp"))
    set_email_rule("left")
    match_members(cart)
    assert linked() == {gone.pk: ("1", "email")}
