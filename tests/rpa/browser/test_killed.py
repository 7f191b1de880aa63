"""SIGKILL at every named point of a real browser worker: at most one click, and no browser left behind."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

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


def test_at_most_one_click_and_no_browser_left(robot: BrowserStage) -> None:
    """Each worker first settles what the one before it left, then is killed a step later at the next request."""
    mark = f"TSUNAGI_KILLED={os.getpid()}"
    rows = {point: robot.add_person(f"{point}@example.jp") for point in ENDINGS}
    requests = {point: robot.receive_matched(row) for point, row in rows.items()}
    arguments = [connection.settings_dict["NAME"], robot.shop.pk, robot.cart.pk]
    command = [
        sys.executable,
        "-m",
        "tests.rpa.browser.killed",
        *map(str, arguments),
        *ENDINGS,
    ]
    environment = os.environ | dict([mark.split("=")])
    ended = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        timeout=300,
    )
    assert json.loads(ended.stdout) == dict.fromkeys(ENDINGS, -9), ended.stderr[-2000:]
    for _again in range(2):
        robot.work()
    for point, (state, why, clicks) in ENDINGS.items():
        found = robot.read(requests[point])
        clicked = robot.clicks.count(rows[point])
        assert (point, found.state, found.why, clicked) == (point, state, why, clicks)
        assert "subscription" in robot.screens(requests[point])
    end = time.monotonic() + 20  # they end by themselves, once their pipe is closed
    while list_browsers(mark) and time.monotonic() < end:
        time.sleep(0.1)
    assert list_browsers(mark) == []
