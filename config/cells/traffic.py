"""What comes in while a shop moves: webhooks and answers, one after the other, at the cell that the door leads to.

What is refused with 503 comes again, as LINE sends a webhook again and a browser asks again.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config.cells.stage import Cell, Process

REFUSED, TAKEN = "503", "200"
BEFORE_NEXT_TRY = 0.02


@dataclass
class Door:
    """Which cell the shop's requests are led to."""

    at: int = 1


@dataclass
class Stream(threading.Thread):
    """Requests of one kind, numbered from 1. ``prepare`` is told of each number before it is sent."""

    kind: str
    cells: dict[int, Cell]
    door: Door
    pause: float
    prepare: Callable[[int], object] = lambda number: None
    taken: list[tuple[int, int]] = field(default_factory=list)
    refused_at: float = 0.0
    resumed_at: float = 0.0
    ended: bool = False
    trouble: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.servers = {n: cell.start("serve") for n, cell in self.cells.items()}

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        number = 0
        while not self.ended and not self.trouble:
            number += 1
            self.prepare(number)
            self.send(number)
            time.sleep(self.pause)
        for server in self.servers.values():
            server.communicate("")

    def send(self, number: int) -> None:
        """Send one until it is taken; of an answer the form is opened before, in whichever cell it is then."""
        request = f"{self.kind} {number}"
        if self.kind == "answer":
            _at, ticket = self.ask(f"open {number}")
            request += f" {ticket}"
        at, _said = self.ask(request)
        self.taken.append((at, number))
        if at != 1 and not self.resumed_at:
            self.resumed_at = time.monotonic()

    def ask(self, request: str) -> tuple[int, str]:
        """Ask until it is not refused; return which cell answered, and what it said behind the status."""
        while True:
            at = self.door.at
            status, _, rest = ask_server(self.servers[at], request).partition(" ")
            if status == TAKEN:
                return at, rest
            if status != REFUSED:
                self.trouble = f"cell {at} answered {self.kind} with {status}"
                raise SystemExit(self.trouble)
            self.refused_at = self.refused_at or time.monotonic()
            time.sleep(BEFORE_NEXT_TRY)

    def wait_for(self, more: int) -> None:
        """Wait until so many more were taken."""
        reached = len(self.taken) + more
        while len(self.taken) < reached:
            if self.trouble:
                raise SystemExit(self.trouble)
            time.sleep(0.05)

    def end(self) -> None:
        self.ended = True
        self.join()


def ask_server(server: Process, request: str) -> str:
    assert server.stdin and server.stdout
    server.stdin.write(f"{request}\n")
    server.stdin.flush()
    return server.stdout.readline().strip()


def measure_pause(streams: list[Stream]) -> float:
    """Return the seconds from the first write refused to the first one taken in the new cell, of the longest kind."""
    return max(
        each.resumed_at - (each.refused_at or each.resumed_at) for each in streams
    )
