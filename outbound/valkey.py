"""Valkey as what may be away: nothing waits long for it, and once it did not answer nobody asks for a while.

Every call may raise RedisError; what then, each caller decides. The breaker is this process's own.
"""

import time
from functools import cache
from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

LONGEST_ANSWER = 0.5  # seconds, to connect and for each answer
PAUSE = 5.0  # seconds without a question after it did not answer


class Away(RedisError):
    """Not asked: a moment ago it did not answer."""


class Breaker:
    """Open until ``until``, a moment of time.monotonic()."""

    def __init__(self) -> None:
        self.until = 0.0

    def check(self) -> None:
        if time.monotonic() < self.until:
            raise Away("Valkey did not answer a moment ago.")

    def trip(self) -> None:
        self.until = time.monotonic() + PAUSE


breaker = Breaker()


class GuardedRedis(Redis):
    """A client that asks nothing while the breaker is open. A pipeline goes past it: use a script."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        breaker.check()
        try:
            return super().execute_command(*args, **options)
        except (NoConnection, NoAnswer, OSError):
            breaker.trip()
            raise


OPTIONS: dict[str, Any] = {
    "socket_timeout": LONGEST_ANSWER,
    "socket_connect_timeout": LONGEST_ANSWER,
    "retry": Retry(NoBackoff(), 0),
}


@cache
def make_pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(url, **OPTIONS)


def connect_valkey() -> GuardedRedis:
    """Return a client over this process's own pool."""
    return GuardedRedis(connection_pool=make_pool(settings.REDIS_URL))


def is_valkey_there() -> bool:
    """Return whether it answers, before something is asked of it that would wait long."""
    try:
        return bool(connect_valkey().ping())
    except (RedisError, OSError):
        return False


class GuardedCacheClient(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **OPTIONS, **options)
        self._client = GuardedRedis


class GuardedCache(RedisCache):
    """Django's cache over the same guarded client."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = GuardedCacheClient
