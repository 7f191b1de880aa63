"""One request at a time for each cart account: two robots in one account disturb each other."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from cartsync.models import Cart


@contextmanager
def lock_cart(cart: Cart) -> Iterator[bool]:
    """Hold the cart's lock while the block runs; yields False where somebody else has it.

    The lock belongs to the connection, so that a killed worker's is gone with it.
    """
    name = f"rpa:{cart.tenant_id}:{cart.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (held,) = cursor.fetchone()
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name]
                )
