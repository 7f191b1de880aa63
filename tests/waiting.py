"""Waiting for what another process or thread does; the limit only ends what hangs, however busy the machine."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], object], seconds: float = 60) -> None:
    """Wait until ``happened()`` is true; raise AssertionError when that never comes."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
