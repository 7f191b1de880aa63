"""What statements on members share: advisory locks between tagging and hard deletes, and the switch of the history."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenants.scope import current_tenant_id

LOCK_CLASS = 0x746167  # "tag"


def share_links() -> None:
    """Hold the shop's shared lock until the transaction ends.

    For whoever makes links: what they point at must not vanish.
    """
    _lock("pg_advisory_xact_lock_shared")


def own_links() -> None:
    """Wait for every tagging of the shop to end, and let none begin until this transaction ends."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(%s, %s::bigint::bit(32)::int)",
            [LOCK_CLASS, current_tenant_id()],
        )


@contextmanager
def unrecorded() -> Iterator[None]:
    """Switch off the change history for the statements inside, which must be in one transaction.

    For rows that come into being, or are deleted for good.
    """
    _record("off")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _record("")


def _record(setting: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.history', %s, true)", [setting])
