"""A sender killed by SIGKILL, in a process of its own, between the call and its outcome and elsewhere: each channel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from members.models import Member
from messaging.deliveries import ledger
from messaging.models import Delivery, Sender
from tests.messaging.conftest import Shop, channel

POINTS = [("claimed", 1), ("answered", 25), ("finishing", 1)]


def kill_sender(shop: Shop, sender: Sender, point: str, count: int) -> None:
    """Run a sender that is killed at the point, and let its lease end."""
    script = Path(__file__).with_name("killed_sender.py")
    arguments = [
        connection.settings_dict["NAME"],
        shop.tenant.pk,
        sender.pk,
        point,
        count,
        shop.line.line_url,
    ]
    ended = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        cwd=script.parents[3],
        env=environment(),
        timeout=60,
    )
    assert ended.returncode == -9
    assert set(shop.states()) & {"1"}
    shop.shift(ledger.LEASE_SECONDS + 1)


@pytest.mark.parametrize(("point", "count"), POINTS)
def test_killed_sender(shop: Shop, settings: object, point: str, count: int) -> None:
    shop.book(*shop.friends(120))
    kill_sender(shop, shop.account.sender, point, count)
    finished = shop.states().get("2", 0)
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert (shop.states(), state.accepted.total(), len(state.accepted)) == (
        {"2": 120},
        120,
        120,
    )
    if point == "answered":
        # The last of those that were answered was not finished, nor were most of the others.
        assert state.replays >= count - finished > 0


@pytest.mark.parametrize(("point", "count"), [("claimed", 1), ("answered", 2)])
def test_killed_sender_of_multicasts(shop: Shop, point: str, count: int) -> None:
    shop.broadcast(*shop.friends(1_100))
    kill_sender(shop, shop.account.sender, point, count)
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert shop.states() == {"2": 1_100}
    assert (state.accepted.total(), len(state.accepted)) == (1_100, 1_100)
    assert state.mismatched_keys == 0
    assert state.replays >= (1 if point == "answered" else 0)


@pytest.mark.parametrize("is_ad", [True, False])
@pytest.mark.parametrize(("point", "count"), [("claimed", 1), ("answered", 25)])
def test_killed_sender_of_mails(
    shop: Shop, point: str, count: int, is_ad: bool
) -> None:
    """Advertising arrives at most once, and what nobody knows is shown; other mail arrives once or twice."""
    with shop.open():
        members = [
            Member.objects.create(name=f"会員{n}", email=f"m{n}@example.jp")
            for n in range(60)
        ]
    sender = shop.mail(*members, is_ad=is_ad)
    kill_sender(shop, sender, point, count)
    shop.dispatch(via=sender)
    taken, states = shop.line.mail.to, shop.states()
    if is_ad:
        assert set(taken.values()) <= {1}
        assert set(states) <= {"2", "6 unsure"} and sum(states.values()) == 60
        assert states.get("6 unsure", 0) > 0
        sent = set(taken)
        with shop.open():
            known = Delivery.objects.filter(state=Delivery.State.SENT)
            assert set(known.values_list("member__email", flat=True)) <= sent
    else:
        assert (states, len(taken)) == ({"2": 60}, 60)
        assert set(taken.values()) <= {1, 2}


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(settings.BASE_DIR),
        "TSUNAGI_VAR": str(settings.VAR),
        "ENGINES_HELD": "1",
    }
