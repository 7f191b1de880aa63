"""At most one call per so many seconds and cart, over all workers: the carts' own advice is one a second."""

import time

from django.conf import settings
from django.core.cache import cache


def wait_turn(name: str, seconds: float) -> bool:
    """Wait for the cart's next free turn; False when none came in ``seconds``."""
    every = settings.CART_REQUEST_SECONDS
    if not every or not name:
        return True
    end = time.monotonic() + seconds
    while not cache.add(f"turn:{name}", 1, timeout=every):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
