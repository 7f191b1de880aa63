"""What is being done and how far it is, in one line a step: moving on a terminal, its beginning and end elsewhere.

Only the standard library: scripts/install.py runs before there are packages.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WIDTH = 26


@contextmanager
def show_step(name: str) -> Iterator[Callable[[str], None]]:
    """Show a step while the block runs; the block tells how far it is, and last what came of it."""
    moving, said, began = sys.stdout.isatty(), "", time.monotonic()

    def tell(text: str) -> None:
        nonlocal said
        said = text
        if moving:
            print(f"\r\033[K  {name:<{WIDTH}}{text} ", end="", flush=True)

    if moving:
        tell("…")
    else:
        print(f"  {name} …", flush=True)
    try:
        yield tell
    except BaseException:
        if moving:
            print()
        raise
    took = f"({time.monotonic() - began:.0f} s)"
    start = "\r\033[K" if moving else ""
    print(f"{start}  {name:<{WIDTH}}{said} {took}", flush=True)
