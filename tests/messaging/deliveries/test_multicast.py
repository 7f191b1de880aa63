"""Broadcasts of one text go by multicast: up to 500 people a call, each of them once."""

from typing import Any

import pytest

from members.models import Member
from messaging.channels.line import channel as line_channel
from messaging.models import Call, Delivery
from tests.messaging.conftest import Shop, channel


@pytest.fixture(autouse=True)
def small_calls(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LINE_PUSH_PER_SECOND = settings.LINE_MULTICAST_PER_SECOND = 20_000
    monkeypatch.setattr(line_channel, "MULTICAST_MOST", 50)


def list_calls(shop: Shop) -> list[tuple[str, int, int, int]]:
    """(kind, state, recipients, tries) of each call."""
    with shop.open():
        return sorted(
            (call.kind, call.state, len(call.to), call.tries)
            for call in Call.objects.all()
        )


def test_one_text_goes_in_calls_of_many(shop: Shop) -> None:
    shop.broadcast(*shop.friends(120))
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert (shop.states(), set(state.accepted.values())) == ({"2": 120}, {1})
    assert list_calls(shop) == [("multi", 1, n, 1) for n in (20, 50, 50)]


def test_a_personal_text_is_pushed(shop: Shop) -> None:
    shop.broadcast(*shop.friends(3), text="{name}さん")
    shop.dispatch()
    assert list_calls(shop) == [("push", 1, 1, 1)] * 3


def test_the_bad_ids_are_found_by_halves(shop: Shop) -> None:
    """LINE refuses the whole call for one bad id; nobody was sent to then, so each half is a call of its own."""
    members = shop.friends(50)
    bad = [members[7].pk, members[31].pk]
    with shop.open():
        for pk in bad:
            Member.objects.filter(pk=pk).update(line_user_id=f"no-line-id-{pk}")
    shop.broadcast(*members)
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert (shop.states(), len(state.accepted)) == ({"2": 48, "4 refused": 2}, 48)
    assert set(state.accepted.values()) == {1}
    with shop.open():
        refused = Delivery.objects.filter(state=Delivery.State.FAILED)
        assert sorted(refused.values_list("member_id", flat=True)) == sorted(bad)
        keys = list(Call.objects.values_list("key", flat=True))
        assert len(set(keys)) == len(keys)
        assert Call.objects.filter(state=Call.State.OPEN).count() == 0
    assert ("multi", Call.State.SPLIT, 50, 1) in list_calls(shop)


def test_a_text_that_line_refuses_is_not_tried_on_each(shop: Shop) -> None:
    shop.broadcast(*shop.friends(20), text="")
    shop.dispatch()
    assert shop.states() == {"4 refused": 20}
    assert list_calls(shop) == [("multi", Call.State.REFUSED, 20, 1)]


def test_a_retry_repeats_the_same_people_under_the_same_key(shop: Shop) -> None:
    members = shop.friends(70)
    shop.broadcast(*members)
    shop.line.line.faults = type(shop.line.line.faults)(after_500=1.0)
    shop.dispatch()
    assert shop.states() == {"1 retry": 70}
    shop.line.line.faults = type(shop.line.line.faults)()
    with shop.open():
        Member.objects.filter(pk=members[0].pk).update(line_state="blocked")
    shop.shift(60)
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert (shop.states(), set(state.accepted.values())) == ({"2": 70}, {1})
    assert (state.replays, state.mismatched_keys) == (2, 0)
    assert list_calls(shop) == [("multi", 1, 20, 2), ("multi", 1, 50, 2)]
