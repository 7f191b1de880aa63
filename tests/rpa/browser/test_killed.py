"""SIGKILL at every named point of a real browser worker: at most one click, and no browser left behind."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.rpa.browser.conftest import BrowserStage

ENDINGS = {
    "rpa.submitting": ("person", "unconfirmed", 0),
    "rpa.clicking": ("person", "unconfirmed", 0),
    "rpa.clicked": ("verified", "", 1),
    "rpa.submitted": ("verified", "", 1),
    "rpa.verifying": ("verified", "", 1),
}


def list_browsers(mark: str) -> list[str]:
    """The browsers and drivers that were started with this mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().decode(errors="replace"))
    return [command for command in found if command]


@pytest.mark.parametrize("point", ENDINGS)
def test_at_most_one_click_and_no_browser_left(robot: BrowserStage, point: str) -> None:
    request, mark = robot.receive(), f"TSUNAGI_KILLED={os.getpid()}-{point}"
    arguments = [connection.settings_dict["NAME"], robot.shop.pk, robot.cart.pk, point]
    command = [sys.executable, "-m", "tests.rpa.browser.killed", *map(str, arguments)]
    environment = os.environ | dict([mark.split("=")])
    ended = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, timeout=90
    )
    assert ended.returncode == -9, ended.stderr.decode()[-2000:]
    state, why, clicks = ENDINGS[point]
    for _again in range(2):
        robot.work()
    found = robot.read(request)
    assert (found.state, found.why, len(robot.clicks)) == (state, why, clicks)
    assert "subscription" in robot.screens(request)
    end = time.monotonic() + 20  # they end by themselves, once their pipe is closed
    while list_browsers(mark) and time.monotonic() < end:
        time.sleep(0.1)
    assert list_browsers(mark) == []
