"""How fast an account may push: one clock in Valkey, shared by all workers.

The clock holds the moment from which the next pushes are free. A caller pays for a handful at a time and waits until
they are free, so nothing can be saved up; after a flush it starts at now: empty, never full.
"""

import asyncio

from redis.asyncio import Redis

HANDFUL = 50
# KEYS: the clock. ARGV: microseconds to add, microseconds to push it away from now at least. Returns the wait.
ADVANCE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local free = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now + tonumber(ARGV[2])) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.floor((free - now) / 1000) + 60000)
return free - now
"""


class Pace:
    """``rate`` pushes a second for the account ``name``, over every Pace of that name."""

    def __init__(self, valkey: "Redis", name: str, rate: int) -> None:
        self._key = f"tsunagi:pace:{name}"
        self._cost = round(HANDFUL * 1_000_000 / rate)
        self._advance = valkey.register_script(ADVANCE)
        self._left = 0
        self._turns = asyncio.Lock()

    async def turn(self) -> None:
        """Returns when one more push is free."""
        async with self._turns:
            if not self._left:
                wait = await self._advance(keys=[self._key], args=[self._cost, 0])
                await asyncio.sleep(int(wait) / 1_000_000)
                self._left = HANDFUL
            self._left -= 1

    async def pause(self, seconds: float) -> None:
        """Nobody pushes for so long: LINE said the limit was met."""
        await self._advance(keys=[self._key], args=[0, round(seconds * 1_000_000)])
        self._left = 0
