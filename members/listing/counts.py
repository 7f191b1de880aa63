"""How many members fit: an exact number, cached for a minute where counting takes long.

Valkey stores numbers only, under a hash of the shop and of what was counted. One request in a minute counts again;
concurrently the others get the last number, marked with 約.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from redis.exceptions import RedisError

from tenants.pg.replica import try_replica_first
from tenants.scope import get_current_tenant_id

LARGE = 20_000
FRESH, OLDEST = 60, 120  # seconds

Numbers = dict[str, int]


@dataclass(frozen=True)
class Count:
    """``approximate``: the number may be up to two minutes old."""

    number: int
    approximate: bool = False


def count_list_rows(rows: QuerySet[Any], key: str) -> Count:
    """Count the rows.

    ``key`` tells this count from others in the shop, for example the encoded condition
    (``members.conditions.url.encode_condition``).
    """
    numbers, approximate = get_cached_numbers(
        key, lambda: {"": rows.order_by().count()}
    )
    return Count(numbers[""], approximate)


def get_cached_numbers(key: str, read: Callable[[], Numbers]) -> tuple[Numbers, bool]:
    """Return the numbers of ``read``, and whether they may be old.

    Numbers that add up to 20,000 or more are cached for a minute. Without Valkey everything is counted each time.
    """
    name = _build_cache_key(key)
    try:
        known = cache.get(name)
        if known is not None and not cache.add(f"{name}:turn", 1, FRESH):
            return known, True
    except RedisError:
        return read(), False
    # A number that was large a minute ago is counted anew where that disturbs nobody.
    numbers = read() if known is None else try_replica_first(read)()
    # What cannot be cached is counted again next time; what cannot be deleted expires.
    with contextlib.suppress(RedisError):
        if sum(numbers.values()) >= LARGE:
            cache.add(f"{name}:turn", 1, FRESH)
            cache.set(name, numbers, OLDEST)
        elif known is not None:
            cache.delete(name)
    return numbers, False


def _build_cache_key(key: str) -> str:
    return (
        "count:"
        + hashlib.sha256(f"{get_current_tenant_id()} {key}".encode()).hexdigest()
    )
