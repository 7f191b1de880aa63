"""What statements on members share: locks between tagging and hard deletes, set-based joins, the wait for the disk, and
the switch of the history."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenants.scope import get_current_tenant_id

LOCK_CLASS = 0x746167  # "tag"


def lock_links_shared() -> None:
    """Hold the shop's shared lock until the transaction ends.

    For whoever makes links: what they point at must not vanish.
    """
    _take_lock("pg_advisory_xact_lock_shared")


def lock_links_exclusively() -> None:
    """Wait for every tagging of the shop to end, and let none begin until this transaction ends."""
    _take_lock("pg_advisory_xact_lock")


def _take_lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(%s, %s::bigint::bit(32)::int)",
            [LOCK_CLASS, get_current_tenant_id()],
        )


def skip_disk_wait() -> None:
    """Let the transaction end before the disk has it.

    For work that goes on from a place stored with it: should the server fall within the next half second, both are gone
    and it is done again. Whatever is sent because of it is stored later and waits for the disk, which then has both.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


@contextmanager
def set_based(wanted: bool = True, *, by_hash: bool = False) -> Iterator[None]:
    """Let the statements inside join their sides as sets, never row by row; not ``wanted``: as the planner likes.

    Right after a first import the planner knows nothing of a shop, takes both sides for a few rows and joins them row
    by row: minutes for 100,000 rows, 10 times as long for a million values. ``by_hash``: in memory without sorting,
    which took three times as long for a million values.
    """
    if not wanted:
        yield
        return
    names = ["enable_nestloop", *(["enable_mergejoin"] if by_hash else [])]
    off = "; ".join(f"SET LOCAL {name} = off" for name in names)
    back = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in [*names, "work_mem"])
    with connection.cursor() as cursor:
        cursor.execute(f"{off}; SET LOCAL work_mem = '128MB'")
        yield
        cursor.execute(back)


@contextmanager
def skip_history() -> Iterator[None]:
    """Switch off the change history for the statements inside, which must be in one transaction.

    For rows that come into being, or are deleted for good.
    """
    connection.tell(history="off")  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if not connection.needs_rollback:
            connection.tell(history="")  # type: ignore[attr-defined]
