import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.conf import settings
from redis.asyncio import Redis

from outbound.rate_limit import SAVED, Pace

Work = Callable[[Redis], Coroutine[Any, Any, Any]]


def with_valkey(work: Work) -> Any:
    async def run() -> Any:
        valkey = Redis.from_url(settings.REDIS_URL)
        try:
            await valkey.delete("tsunagi:pace:test")
            return await work(valkey)
        finally:
            await valkey.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize("workers", [1, 3])
def test_all_workers_together_keep_to_the_rate(workers: int) -> None:
    async def work(valkey: Redis) -> float:
        paces = [Pace(valkey, "test", 1000) for _ in range(workers)]
        began = time.monotonic()

        async def push(pace: Pace, times: int) -> None:
            for _ in range(times):
                await pace.turn()

        await asyncio.gather(*(push(pace, 600 // workers) for pace in paces))
        return time.monotonic() - began

    assert with_valkey(work) > 0.55


def test_a_flush_gives_nothing_away() -> None:
    async def work(valkey: Redis) -> float:
        pace = Pace(valkey, "test", 500)
        await pace.turn()
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await valkey.delete("tsunagi:pace:test")
        pace._coming, pace._left = None, 0
        await pace.turn()
        return time.monotonic() - began

    assert with_valkey(work) >= 0.09


def test_a_pause_holds_everybody() -> None:
    async def work(valkey: Redis) -> float:
        one, two = Pace(valkey, "test", 10_000), Pace(valkey, "test", 10_000)
        began = time.monotonic()
        await one.pause(0.4)
        await two.turn()
        return time.monotonic() - began

    assert with_valkey(work) >= 0.4


def test_an_idle_second_saves_up_next_to_nothing() -> None:
    async def work(valkey: Redis) -> float:
        pace = Pace(valkey, "test", 1000)
        await pace.turn()
        await asyncio.sleep(1)
        pace._coming, pace._left = None, 0
        began = time.monotonic()
        for _ in range(300):
            await pace.turn()
        return time.monotonic() - began

    assert with_valkey(work) >= 0.3 - SAVED - 0.01
