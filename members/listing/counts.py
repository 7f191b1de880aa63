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

from tenants.scope import current_tenant_id

LARGE = 20_000
FRESH, OLDEST = 60, 120  # seconds

Numbers = dict[str, int]


@dataclass(frozen=True)
class Count:
    """``approximate``: the number may be up to two minutes old."""

    number: int
    approximate: bool = False


def counted(rows: QuerySet[Any], key: str) -> Count:
    """Count the rows.

    ``key`` tells this count from others in the shop, for example the encoded condition
    (``members.conditions.tree.encode``).
    """
    numbers, approximate = remembered(key, lambda: {"": rows.order_by().count()})
    return Count(numbers[""], approximate)


def remembered(key: str, read: Callable[[], Numbers]) -> tuple[Numbers, bool]:
    """Return the numbers of ``read``, and whether they may be old.

    Numbers that add up to 20,000 or more are cached for a minute. Without Valkey everything is counted each time.
    """
    name = hashed(key)
    try:
        known = cache.get(name)
        if known is not None and not cache.add(f"{name}:turn", 1, FRESH):
            return known, True
    except RedisError:
        return read(), False
    numbers = read()
    # What cannot be cached is counted again next time; what cannot be deleted expires.
    with contextlib.suppress(RedisError):
        if sum(numbers.values()) >= LARGE:
            cache.add(f"{name}:turn", 1, FRESH)
            cache.set(name, numbers, OLDEST)
        elif known is not None:
            cache.delete(name)
    return numbers, False


def hashed(key: str) -> str:
    return (
        "count:" + hashlib.sha256(f"{current_tenant_id()} {key}".encode()).hexdigest()
    )
