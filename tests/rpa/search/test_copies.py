"""Members matched in our copy: one customer, and one living subscription of theirs."""

from cartsync.models import Cart
from members.models import Member
from rpa.models import RpaSettings
from rpa.search.copies import match_in_copy, simulate_requests
from tests.cartsync.conftest import customer, known, stored
from tests.rpa.fields.test_kinds import subscribe

SETTINGS = {"order": ["email", "phone", "name"], "ticked": ["email"], "mode": "any"}


def test_one_customer_and_one_subscription(cart: Cart) -> None:
    stored(
        cart,
        customer(1, "09011111111", "a@example.jp"),
        customer(2, "09022222222", "b@example.jp"),
        customer(3, "09033333333", "c@example.jp"),
    )
    for email in ("a@example.jp", "b@example.jp", "c@example.jp", "x@example.jp"):
        known("", email)
    subscribe(cart, "41", customer_external_id="1")
    subscribe(cart, "42", customer_external_id="2")
    subscribe(cart, "43", customer_external_id="2", product="お茶")
    subscribe(cart, "44", "cancelled", customer_external_id="3")
    first, second = (
        Member.objects.get(email_key=f"{key}@example.jp").pk for key in "ab"
    )
    settings = RpaSettings(**SETTINGS)
    assert match_in_copy(cart, settings, "", 10) == {first: "41"}
    assert match_in_copy(cart, settings, "お茶", 10) == {second: "43"}
    assert match_in_copy(cart, settings, "青汁", 10) == {first: "41", second: "42"}
    assert simulate_requests(cart, settings).matched == 1
