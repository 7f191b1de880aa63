"""At most one call per so many seconds and name, over all workers: whoever is called at one address shares its name."""

import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError


def wait_turn(name: str, seconds: float) -> bool:
    """Wait for the next free turn of this name; False when none came in ``seconds``, or nobody can count them."""
    every = settings.CART_REQUEST_SECONDS
    if not every or not name:
        return True
    end = time.monotonic() + seconds
    try:
        while not cache.add(f"turn:{name}", 1, timeout=every):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
    except (RedisError, OSError):
        return False
    return True
