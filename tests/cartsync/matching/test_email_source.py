"""The member list's filter by addresses also finds members by the address their linked customer has in the cart."""

from django.utils import timezone

from cartsync.models import Cart, CartCustomer, Link
from members.conditions.search import build_search_q
from members.models import Member
from members.valuelists.lists import (
    build_value_in_list_q,
    make_value_list,
    report_value_list,
)


def customer(cart: Cart, number: str, email: str) -> CartCustomer:
    now = timezone.now()
    return CartCustomer.objects.create(
        cart=cart, external_id=number, email_key=email, changed_at=now, seen_at=now
    )


def linked(cart: Cart, member: Member, number: str, email: str) -> Link:
    return Link.objects.create(
        cart=cart,
        member=member,
        customer=customer(cart, number, email),
        matched_by="phone",
        linked_at=timezone.now(),
    )


def test_linked_customers_addresses_find_their_members(cart: Cart) -> None:
    own = Member.objects.create(email_key="a@example.jp")
    by_cart = Member.objects.create(email_key="other@example.jp")
    ended = Member.objects.create()
    linked(cart, by_cart, "1", "b@example.jp")
    Link.objects.filter(pk=linked(cart, ended, "2", "c@example.jp").pk).update(
        ended_at=timezone.now()
    )
    customer(cart, "3", "d@example.jp")
    values = make_value_list("a@example.jp b@example.jp c@example.jp d@example.jp")
    found = Member.objects.filter(build_value_in_list_q("email", values.public_id))
    assert sorted(found.values_list("pk", flat=True)) == [own.pk, by_cart.pk]
    told = report_value_list(values)
    assert (told.matched, told.not_found, told.members) == (2, 2, 2)
    assert list(
        Member.objects.filter(~build_value_in_list_q("email", values.public_id))
    ) == [ended]


def test_customers_numbers_find_their_members(cart: Cart) -> None:
    one = Member.objects.create()
    link = linked(cart, one, "EC-1", "")
    CartCustomer.objects.filter(pk=link.customer_id).update(number="A001")
    for text, field in (("EC-1 EC-2", "customer_id"), ("A001,A002", "customer_number")):
        values = make_value_list(text, field)
        assert (values.matched, values.not_found) == (1, 1)
        assert Member.objects.get(build_value_in_list_q(field, values.public_id)) == one
    assert (
        Member.objects.get(build_search_q("EC-1"))
        == Member.objects.get(build_search_q("A001"))
        == one
    )
