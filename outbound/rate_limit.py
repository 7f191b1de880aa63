"""How fast an account may push: one clock in Valkey, shared by all workers.

The clock holds the moment from which the next pushes are free. A caller pays for a handful at a time and waits until
they are free. At most SAVED seconds can be saved up, which makes up for late wake-ups; after a flush the clock
starts at now: with nothing saved up.
"""

import asyncio

from redis.asyncio import Redis

HANDFUL = 50
SAVED = 0.05
# KEYS: the clock. ARGV: microseconds to add, and the lowest value of the clock relative to now (negative: saved up).
# Returns the microseconds to wait, which may be negative.
ADVANCE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local free = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now + tonumber(ARGV[2])) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.max(math.floor((free - now) / 1000), 0) + 60000)
return free - now
"""


class Pace:
    """``rate`` calls a second for the account ``name``, over every Pace of that name."""

    def __init__(self, valkey: "Redis", name: str, rate: float) -> None:
        self._key = f"tsunagi:pace:{name}"
        # At a slow pace a handful is what goes in a quarter of a second, so that calls do not come in bursts.
        self._handful_size = max(min(HANDFUL, int(rate / 4)), 1)
        self._cost = round(self._handful_size * 1_000_000 / rate)
        self._advance = valkey.register_script(ADVANCE)
        self._left = 0
        self._turns = asyncio.Lock()
        self._coming: asyncio.Task[None] | None = None

    async def turn(self) -> None:
        """Wait until one more push is free."""
        async with self._turns:
            if not self._left:
                await (self._coming or self._handful())
                self._left = self._handful_size
                # The next handful is asked for while this one is being used, so that nobody waits for Valkey.
                self._coming = asyncio.create_task(self._handful())
                self._coming.add_done_callback(retrieve_exception)
            self._left -= 1

    async def _handful(self) -> None:
        """Pay for a handful and wait until it is free."""
        wait = await self._advance(
            keys=[self._key], args=[self._cost, -round(SAVED * 1_000_000)]
        )
        await asyncio.sleep(max(int(wait), 0) / 1_000_000)

    async def pause(self, seconds: float) -> None:
        """Let nobody push for so many seconds: LINE answered that the limit was reached.

        Pushes that were paid for already are given up.
        """
        await self._advance(keys=[self._key], args=[0, round(seconds * 1_000_000)])
        # Not cancelled: somebody may be waiting for it.
        self._coming, self._left = None, 0

    def close(self) -> None:
        """Cancel the handful that was asked for ahead, when nobody waits any more."""
        if self._coming:
            self._coming.cancel()


def retrieve_exception(task: "asyncio.Task[None]") -> None:
    """Retrieve the task's exception, so that asyncio does not complain of it.

    Whoever waits for the task sees the exception anyway; when nobody does, it is of no interest.
    """
    if not task.cancelled():
        task.exception()
