"""The demo shop's made-up past ends at what its polls will find."""

from django.utils import timezone

from config.demo.funnel import list_linking_times
from config.demo.members import CART_SIZE, SEED
from members.models import Member
from members.normalize.phones import normalize_phone
from sandbox.people import make_person
from tenants.models import Tenant


def test_the_past_ends_at_those_who_will_be_linked(sakura: Tenant) -> None:
    """None whose number two customers share, no stranger, nobody who left the cart or blocked the account."""
    now = timezone.now()
    for number, state in (
        (5, "friend"),
        (6, "blocked"),
        (194, "friend"),
        (28, "friend"),
        (CART_SIZE + 3, "friend"),
    ):
        Member.objects.create(
            phone_e164=normalize_phone(make_person(SEED, number).phone),
            line_state=state,
            answered_at=now,
        )
    assert list_linking_times() == [now]
