"""Places: how many may do the same at a time, over all processes.

A web request that calls out holds a thread as long as the other side likes, up to the call's deadline. So that no
shop's slow cart takes the threads of all shops, a shop has two places for such calls.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis.exceptions import RedisError

from outbound.errors import TryLater
from outbound.valkey import connect_valkey
from tenants.scope import (
    get_current_source,
    get_current_tenant_id,
    get_current_tenant_id_or_none,
    leave_transaction,
)

PLACES = 2
# Longer than any check; a place of a killed process is free again then.
KEPT_SECONDS = 45
# Whoever opens a form waits so long for one of the shop's calls to LINE to end.
PATIENCE = 1.0
WEB = {"console", "public"}
# KEYS: the holders by the moment their place ends. ARGV: how many places, seconds kept, the new holder.
TAKE = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
_held: Counter[str] = Counter()
_changed = threading.Condition()


@contextmanager
def hold_place_to_call() -> Iterator[None]:
    """Hold one of the shop's places for a call out of a web request; a worker needs none. Raise TryLater("crowded").

    The console's calls are counted over all processes: their length is up to the shop's own cart. A customer who opens
    a form makes us ask LINE alone: that is counted in each process, where half the threads stay free, and waits a
    little, because many customers come at once.
    """
    shop, source = get_current_tenant_id_or_none(), get_current_source()
    if shop is None or source not in WEB:
        yield
    elif source == "public":
        with hold_place_in_process(f"forms:{shop}", PLACES, PATIENCE):
            yield
    else:
        with hold_place(f"calls:{shop}", PLACES):
            yield


@contextmanager
def hold_place_to_check() -> Iterator[None]:
    """Hold the shop's one place for trying settings out, outside the request's transaction. Raise TryLater("crowded").

    Nothing of the request may still be open but its transaction.
    """
    with hold_place(f"check:{get_current_tenant_id()}", 1), leave_transaction():
        yield


@contextmanager
def hold_place(name: str, most: int) -> Iterator[None]:
    """Hold one of ``most`` places of this name. Raise TryLater("crowded") when all are taken.

    Without Valkey they are counted in each process: a check of the settings must not need it, and a process still
    keeps most of its threads.
    """
    with hold_place_in_process(name, most, 0):
        key, holder = f"tsunagi:places:{name}", uuid.uuid4().hex
        try:
            free = connect_valkey().eval(TAKE, 1, key, most, KEPT_SECONDS, holder)
        except (RedisError, OSError):
            free = 1
        if not free:
            raise TryLater("crowded")
        try:
            yield
        finally:
            with suppress(RedisError, OSError):  # it ends by itself
                connect_valkey().zrem(key, holder)


@contextmanager
def hold_place_in_process(name: str, most: int, patience: float) -> Iterator[None]:
    """Hold one of ``most`` places of this process, after ``patience`` seconds at most. Raise TryLater("crowded")."""
    end = time.monotonic() + patience
    with _changed:
        if not _changed.wait_for(
            lambda: _held[name] < most, max(end - time.monotonic(), 0)
        ):
            raise TryLater("crowded")
        _held[name] += 1
    try:
        yield
    finally:
        with _changed:
            _held[name] -= 1
            if not _held[name]:
                del _held[name]
            _changed.notify_all()
