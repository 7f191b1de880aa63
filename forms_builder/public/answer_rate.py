"""One after the other: how many answers a second a shop's forms take in, and when somebody's turn comes.

A flood of answers would otherwise wait in the server's socket, where everybody's pages wait too. Each ticket takes one
place in the shop's line, once. Who is far back is told when to come again (429, Retry-After): the page does by itself,
and the place is kept. The line is a clock in Valkey; without Valkey nobody waits.

A line that is long is a flood: it then moves at half its pace. In a flood, and where requests have begun to queue for
this process, it takes in one answer at a time and rests after each as long as it took: the other half of its time is
for everybody's pages.
"""

import logging
import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from redis.exceptions import RedisError

from forms_builder.models import Form
from outbound.valkey import connect_valkey

logger = logging.getLogger(__name__)
NEAR = 2.0  # seconds: so far ahead nobody is sent away
LONG = 5.0  # seconds: a line of this length is a flood
SLOWER = 2  # so much slower a flood moves
QUEUED = 0.5  # seconds: who waited so long for a thread of this process met a flood
CALM = 5.0  # seconds without a sign of a flood, until it is over
# Idle lines are closed after two, and nobody sends on one that closes.
SOON, LATEST = 3, 60  # seconds
KEPT = 600  # seconds for which a place is kept after its time
# KEYS: the line, and the ticket's own place. ARGV in microseconds: what one answer takes, KEPT, LONG, and what one
# takes in a flood. Returns the microseconds until the ticket's place, below 0 after it, and until the line's end.
TAKE_PLACE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local place = tonumber(redis.call('GET', KEYS[2]))
local last = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now)
if not place then
  place = last
  local each = tonumber(place - now > tonumber(ARGV[3]) and ARGV[4] or ARGV[1])
  last = place + each
  redis.call('SET', KEYS[1], string.format('%.0f', last), 'PX', math.floor((place - now) / 1000) + 60000)
  local left = math.floor((place - now + tonumber(ARGV[2])) / 1000)
  redis.call('SET', KEYS[2], string.format('%.0f', place), 'PX', left)
end
return {place - now, last - now}
"""


@dataclass(frozen=True)
class Turn:
    """When an answer is taken in. ``ahead``: seconds until its place, below 0 after it."""

    ahead: float = 0.0
    is_flood: bool = False

    @property
    def wait(self) -> int:
        """The seconds until it may come; 0: now."""
        return max(math.ceil(self.ahead - NEAR), 0)

    def draw_later(self) -> int:
        """Return after how many seconds to try again where it is its turn, but another is being taken in.

        Whoever was due long ago waits longer: on a machine slower than its line, those who come again do not grow to
        a flood of their own. The place is kept. Drawn, so that they do not all come at once.
        """
        due = max(-self.ahead, 0.0)
        return random.randint(SOON, min(SOON + 2 + int(due), LATEST))  # noqa: S311


def get_turn(form: Form, digest: str) -> Turn:
    """Return when this ticket's answer is taken in; its place is taken once. ``digest``: of the ticket."""
    each = 1_000_000 / settings.ANSWERS_PER_SECOND
    keys = [f"forms:{form.tenant_id}:line", f"forms:{form.tenant_id}:place:{digest}"]
    times = [each, KEPT * 1e6, LONG * 1e6, each * SLOWER]
    try:
        ahead, length = connect_valkey().eval(TAKE_PLACE, 2, *keys, *map(int, times))
    except (RedisError, OSError):
        logger.warning("Answers are not lined up: Valkey does not answer.")
        return Turn()
    return Turn(int(ahead) / 1e6, int(length) / 1e6 > LONG)


class Gate:
    """Through which the answers of a flood come into this process. Moments are of time.monotonic()."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_held, self.free_at, self.calm_at = False, 0.0, 0.0

    def is_narrow(self, turn: Turn, queued: float) -> bool:
        """Return whether there is a flood, or was a moment ago. ``queued``: seconds that the request waited."""
        now = time.monotonic()
        if turn.is_flood or queued > QUEUED:
            self.calm_at = now + CALM
        return now < self.calm_at

    def enter(self) -> bool:
        with self.lock:
            if self.is_held or time.monotonic() < self.free_at:
                return False
            self.is_held = True
            return True

    def leave(self, began: float) -> None:
        now = time.monotonic()
        with self.lock:
            self.is_held, self.free_at = False, now + (now - began)


gate = Gate()


@contextmanager
def hold_place(turn: Turn, queued: float) -> Iterator[bool]:
    """Hold this process's one place of a flood; yield whether it was free. Without a flood nobody needs it."""
    if not gate.is_narrow(turn, queued):
        yield True
        return
    is_free, began = gate.enter(), time.monotonic()
    try:
        yield is_free
    finally:
        if is_free:
            gate.leave(began)
