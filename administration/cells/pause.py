"""A shop stands still for the moment of its switch: first its workers end, then its requests are refused."""

import time
from typing import LiteralString

from administration.cells.replicate import (
    Db,
    MoveRefused,
    read_place,
    record_move,
    wait_until,
)

# The longest times before the move is given up, in seconds: work under way, the pause.
DRAINING, PAUSING = 180.0, 15.0
# Between reading the shop's row and beginning its transaction a request may take so long.
GRACE = 0.3


def stop_taking_work(source: Db, shop: int) -> None:
    """Let no worker begin anything for the shop, and wait for those who have; its pages go on.

    Raise MoveRefused where somebody closed the shop since the move began.
    """
    with source.transaction():
        mark_open_shop(source, shop, "closed_reason = 'moving'")
        record_move(source, shop, "shop.moving")
    time.sleep(GRACE)  # for whoever read the shop's row before
    wait_until(
        lambda: (
            not source.execute(
                "SELECT 1 FROM tenants_wakeup WHERE tenant_id = %s AND token IS NOT NULL AND lease_until >= now()",
                [shop],
            ).fetchone()
        ),
        DRAINING,
        "Workers did not come to an end: try again when no long job of the shop is running.",
    )


def pause_shop(source: Db, shop: int) -> str:
    """Refuse the shop's requests, wait for those under way, and return the place of the log that holds all of them."""
    mark_open_shop(source, shop, "closed_at = now()")
    time.sleep(GRACE)
    (moment,) = source.execute("SELECT clock_timestamp()").fetchone() or (None,)
    wait_until(
        lambda: (
            not source.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend' AND xact_start < %s",
                [moment],
            ).fetchone()
        ),
        PAUSING,
        "A transaction that began before the pause does not end.",
    )
    return read_place(source)


def mark_open_shop(source: Db, shop: int, change: LiteralString) -> None:
    marked = source.execute(
        f"UPDATE tenants_tenant SET {change} WHERE id = %s AND closed_at IS NULL RETURNING id",
        [shop],
    ).fetchone()
    if marked is None:
        raise MoveRefused("The shop was closed meanwhile; it stays as it is.")
