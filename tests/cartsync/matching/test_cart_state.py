from cartsync.matching.link import link_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, Link
from members.models import Member
from tests.cartsync.conftest import customer, known, make_cart, stored


def state_of(member: Member) -> str:
    return str(Member.objects.values_list("cart_state", flat=True).get(pk=member.pk))


def test_the_state_follows_the_links(cart: Cart) -> None:
    member, other = known(), known()
    (row,) = stored(cart, customer(1, state="guest"))
    assert (state_of(member), state_of(other)) == ("", "")
    link_members(cart, [(member.pk, row.pk)], "phone")
    assert (state_of(member), state_of(other)) == ("guest", "")
    end_link(Link.objects.get())
    assert state_of(member) == ""


def test_the_state_follows_the_customer(cart: Cart) -> None:
    member = known()
    (row,) = stored(cart, customer(1))
    link_members(cart, [(member.pk, row.pk)], "phone")
    stored(cart, customer(1, version=1, state="left"))
    assert state_of(member) == "left"
    stored(cart, customer(1, version=0, state="member"))  # older
    assert state_of(member) == "left"


def test_the_strongest_of_several_carts(cart: Cart) -> None:
    member, second = known(), make_cart(name="二号店")
    for shop, number, state in ((cart, 1, "visitor"), (second, 2, "left")):
        (row,) = stored(shop, customer(number, state=state))
        link_members(shop, [(member.pk, row.pk)], "phone")
    assert state_of(member) == "left"
    stored(cart, customer(1, version=1, state="guest"))
    assert state_of(member) == "guest"
    stored(second, customer(2, version=1, state="provisional"))
    assert state_of(member) == "provisional"
    end_link(Link.objects.get(cart=second))
    assert state_of(member) == "guest"
