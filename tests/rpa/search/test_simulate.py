"""The simulation counts as the search would find, in our copy."""

from cartsync.models import Cart
from rpa.search.simulate import Tally, simulate_search
from tests.cartsync.conftest import customer, known, stored


def test_counts_per_condition_and_as_a_whole(cart: Cart) -> None:
    stored(
        cart,
        customer(1, "09011111111", "a@example.jp"),
        customer(2, "09022222222", "b@example.jp"),
        customer(3, "09022222222", "c@example.jp"),
        customer(4, "09044444444", "d@example.jp", state="left"),
    )
    known("09011111111", "a@example.jp")  # both agree
    known("09022222222", "b@example.jp")  # a family's phone
    known("", "c@example.jp")  # no phone
    known("09011111111", "b@example.jp")  # two different people
    known("09044444444", "d@example.jp")  # left the cart
    result = simulate_search(cart, "any", ["email", "phone"])
    assert result.members == 5
    assert result.conditions == [
        Tally("email", unique=4, several=0, none=1, blank=0),
        Tally("phone", unique=2, several=1, none=1, blank=1),
    ]
    assert result.outcome == Tally("", unique=3, several=1, none=1)
    assert simulate_search(cart, "all", ["email", "phone"]).outcome == Tally(
        "", unique=2, several=2, none=1
    )


def test_the_newest_members_only(cart: Cart) -> None:
    for number in range(3):
        known(f"0901111111{number}")
    assert simulate_search(cart, "any", ["phone"], most=2).members == 2
