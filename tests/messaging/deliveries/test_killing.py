"""A sender killed by SIGKILL, in a process of its own, between the call and its outcome and elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from messaging.deliveries import ledger
from tests.messaging.conftest import Shop, channel


@pytest.mark.parametrize(
    ("point", "count"), [("claimed", 1), ("answered", 25), ("finishing", 1)]
)
def test_killed_sender(shop: Shop, settings: object, point: str, count: int) -> None:
    shop.book(*shop.friends(120))
    script = Path(__file__).with_name("killed_sender.py")
    arguments = [
        connection.settings_dict["NAME"], shop.tenant.pk, shop.account.sender_id, point, count, shop.line.line_url
    ]  # fmt: skip
    ended = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        cwd=script.parents[3],
        env=environment(),
        timeout=60,
    )
    assert ended.returncode == -9
    assert set(shop.states()) & {"1"}
    finished = shop.states().get("2", 0)
    shop.shift(ledger.LEASE_SECONDS + 1)
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


def environment() -> dict[str, str]:
    return {
        **os.environ, "PYTHONPATH": str(settings.BASE_DIR), "TSUNAGI_VAR": str(settings.VAR), "ENGINES_HELD": "1"
    }  # fmt: skip
