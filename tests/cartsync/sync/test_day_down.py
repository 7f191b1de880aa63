"""A cart that is down for a day: nobody is asked for what it may know, and everybody is once it answers again."""

import pytest
from django.utils import timezone

from cartsync.models import Cart
from cartsync.sync.poll import poll_cart
from members.models import Member, Tag
from members.tags.names import get_or_create_tag
from messaging.deliveries.holds import recheck_held_deliveries
from messaging.models import Delivery, LineAccount
from sandbox.serving import Sandbox
from tests.cartsync.conftest import known
from tests.messaging.conftest import give, make_scenario

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(live: Cart, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """The message that asks a friend for her number again, held until two polls have begun since her answer."""
    monkeypatch.setattr("cartsync.sync.poll.SHORT_PAUSES", ())
    for _ in range(2):
        poll_cart(live.tenant, live.pk)
    account = LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )
    tag: Tag = get_or_create_tag("回答済み")
    make_scenario(account, tag, wait_for_polls=True)
    member = known("090-1234-0001", line_user_id="U" + "a" * 32, line_state="friend")
    Member.objects.filter(pk=member.pk).update(answered_at=timezone.now())
    give(tag, member)
    Delivery.objects.update(state=Delivery.State.HELD, reason="held")
    return Delivery.objects.get()


def test_nobody_is_asked_while_the_cart_is_down(
    shop: Sandbox, live: Cart, waiting: Delivery
) -> None:
    shop.cart.switch(outage=True)
    for _hour in range(24):
        again = poll_cart(live.tenant, live.pk)
        recheck_held_deliveries(live.tenant)
        waiting.refresh_from_db()
        assert (waiting.state, again is not None) == (Delivery.State.HELD, True)
    assert set(live.runs.newest().values_list("outcome", flat=True)[:24]) == {
        "try_later"
    }
    shop.cart.switch(outage=False)
    poll_cart(live.tenant, live.pk)
    waiting.refresh_from_db()
    assert (
        waiting.state == Delivery.State.HELD
    )  # once may have been too early for her answer
    poll_cart(live.tenant, live.pk)
    waiting.refresh_from_db()
    assert waiting.state == Delivery.State.SCHEDULED
