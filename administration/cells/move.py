"""A shop moves to another cell while it works: its rows are copied and followed, then it pauses and goes on there.

Nothing is lost on the way: a move that cannot go on leaves the shop where it was. The old cell keeps its copy, closed,
until somebody deletes it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from administration.cells.replicate import (
    Db,
    MoveRefused,
    end_replication,
    has_reached,
    is_copied_whole,
    list_shop_tables,
    measure_shop,
    publish_shop,
    read_place,
    subscribe_shop,
    wait_until,
)
from administration.cells.shop_rows import (
    copy_files,
    copy_people,
    copy_rows,
    copy_shop_row,
    copy_timers,
)
from tenants.secrets import get_cipher

# The longest times before the move is given up: the copy, work under way, the pause.
COPYING, DRAINING, PAUSING = 6 * 3600.0, 180.0, 15.0
# Between reading the shop's row and beginning its transaction a request may take so long.
GRACE = 0.3
BUSY_IMPORTS = ("checking", "loading", "undoing")


@dataclass(frozen=True)
class Move:
    """``source`` and ``target`` are reached as who owns the tables and may replicate; ``reach``: how the target's
    server reaches the source's. ``switch`` tells the proxy, between the last write here and the first one there."""

    slug: str
    source: str
    target: str
    reach: str
    files: tuple[Path, Path] | None = None
    switch: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Moved:
    """``pause``: seconds from the first write refused here to the first one taken there."""

    shop: int
    tables: int
    rows: int
    pause: float
    differing: list[str]


def move_shop(move: Move) -> Moved:
    """Move the shop. Raise MoveRefused with the reason when it stays where it is."""
    with (
        psycopg.connect(move.source, autocommit=True) as source,
        psycopg.connect(move.target, autocommit=True) as target,
    ):
        settle_interrupted(move, source, target)
        shop = check_move(source, target, move.slug)
        try:
            return carry_over(move, source, target, shop)
        except BaseException:
            give_up(source, target, shop)
            raise


def carry_over(move: Move, source: Db, target: Db, shop: int) -> Moved:
    with target.transaction():
        copy_shop_row(source, target, shop)
        copy_people(source, target, shop)
    publish_shop(source, shop)
    subscribe_shop(target, shop, move.reach)
    wait_until(
        lambda: is_copied_whole(target, shop), COPYING, "The copy takes too long."
    )
    if move.files:
        copy_files(*move.files, shop)
    move.tell("copied; waiting for work under way")
    stop_taking_work(source, shop)
    began = time.monotonic()
    frozen = pause_shop(source, shop)
    wait_until(
        lambda: has_reached(source, shop, frozen),
        PAUSING,
        "The other cell lags behind.",
    )
    with target.transaction():
        copy_people(source, target, shop, everybody=False)
        copy_timers(source, target, shop)
        copy_days(source, target, shop)
    if move.files:
        copy_files(*move.files, shop)
    with psycopg.connect(move.target) as snapshot:
        snapshot.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot.execute("SELECT 1")
        let_go(source, target, shop)
        move.switch()
        pause = time.monotonic() - began
        move.tell("switched; comparing both cells")
        end_replication(source, target, shop)
        here, there = measure_shop(source, shop), measure_shop(snapshot, shop)
    differing = [name for name in here if here[name] != there.get(name)]
    rows = sum(count for count, _digest in there.values())
    return Moved(shop, len(there), rows, pause, differing)


# ---------------------------------------------------------------- before
def settle_interrupted(move: Move, source: Db, target: Db) -> None:
    """Begin anew where an earlier move was killed; complete it, and say so, where the shop was let go already."""
    row = source.execute(
        "SELECT id, closed_reason FROM tenants_tenant WHERE slug = %s", [move.slug]
    ).fetchone()
    if row and row[1] == "moving":
        give_up(source, target, row[0])
    if row and row[1] == "moved" and is_waiting_there(target, row[0]):
        let_go(source, target, row[0])
        move.switch()
        end_replication(source, target, row[0])
        raise MoveRefused(
            "A killed move was completed: the shop is open in the other cell."
        )


def is_waiting_there(target: Db, shop: int) -> bool:
    """Return whether the other cell holds a copy of the shop that has not been opened."""
    row = target.execute(
        "SELECT closed_reason FROM tenants_tenant WHERE id = %s", [shop]
    ).fetchone()
    return bool(row and row[0] == "moving")


def check_move(source: Db, target: Db, slug: str) -> int:
    """Return the shop's number. Raise MoveRefused where it cannot move as things stand."""
    row = source.execute(
        "SELECT id, closed_at FROM tenants_tenant WHERE slug = %s", [slug]
    ).fetchone()
    if row is None or row[1]:
        raise MoveRefused(f"There is no open shop {slug} in this cell.")
    shop = int(row[0])
    if source.execute("SHOW wal_level").fetchone() != ("logical",):
        raise MoveRefused("This cell's PostgreSQL needs wal_level = logical.")
    if read_migrations(source) != read_migrations(target):
        raise MoveRefused("The two cells do not have the same migrations.")
    if target.execute(
        "SELECT 1 FROM tenants_tenant WHERE id = %s OR slug = %s", [shop, slug]
    ).fetchone():
        raise MoveRefused(
            "The other cell has a shop of this number or address already."
        )
    for (proof,) in target.execute("SELECT proof FROM tenants_fieldkeyproof"):
        check_proof(proof)
    taken = find_taken_logins(source, target, shop)
    if taken:
        raise MoveRefused(f"These logins are somebody else's there: {', '.join(taken)}")
    importing = source.execute(
        "SELECT 1 FROM members_memberimport WHERE tenant_id = %s AND state = ANY(%s)",
        [shop, list(BUSY_IMPORTS)],
    ).fetchone()
    if importing:
        raise MoveRefused(
            "An import is under way: its rows would not come along. Wait for its end."
        )
    return shop


def read_migrations(db: Db) -> set[Any]:
    return set(db.execute("SELECT app, name FROM django_migrations").fetchall())


def check_proof(proof: str) -> None:
    """Raise MoveRefused where the other cell's secrets are not under our FIELD_KEYS."""
    try:
        get_cipher().decrypt(proof.encode())
    except Exception as error:
        raise MoveRefused("The other cell has other FIELD_KEYS.") from error


def find_taken_logins(source: Db, target: Db, shop: int) -> list[str]:
    """Return logins of the shop's operators that another person has in the other cell."""
    ours = source.execute(
        "SELECT o.login_id, o.id FROM operators_operator o JOIN operators_seat s ON s.operator_id = o.id"
        " WHERE s.tenant_id = %s",
        [shop],
    ).fetchall()
    return [
        login
        for login, pk in ours
        if target.execute(
            "SELECT 1 FROM operators_operator WHERE login_id = %s AND id <> %s",
            [login, pk],
        ).fetchone()
    ]


# ---------------------------------------------------------------- the switch
def stop_taking_work(source: Db, shop: int) -> None:
    """Let no worker begin anything for the shop, and wait for those who have; its pages go on."""
    source.execute(
        "UPDATE tenants_tenant SET closed_reason = 'moving' WHERE id = %s", [shop]
    )
    wait_until(
        lambda: (
            not source.execute(
                "SELECT 1 FROM tenants_wakeup WHERE tenant_id = %s AND lease_until >= now()",
                [shop],
            ).fetchone()
        ),
        DRAINING,
        "Workers did not come to an end: try again when no long job of the shop is running.",
    )


def pause_shop(source: Db, shop: int) -> str:
    """Refuse the shop's requests, wait for those under way, and return the place of the log that holds all of them."""
    source.execute("UPDATE tenants_tenant SET closed_at = now() WHERE id = %s", [shop])
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


def let_go(source: Db, target: Db, shop: int) -> None:
    """Close the shop here for good before it opens there: never do both take a write."""
    with source.transaction():
        source.execute(
            "UPDATE tenants_tenant SET closed_reason = 'moved' WHERE id = %s", [shop]
        )
        source.execute("DELETE FROM tenants_wakeup WHERE tenant_id = %s", [shop])
    target.execute(
        "UPDATE tenants_tenant SET closed_at = NULL, closed_reason = '' WHERE id = %s",
        [shop],
    )


def copy_days(source: Db, target: Db, shop: int) -> None:
    copy_rows(
        source, target, "administration_shopday", "shop_id = %s", [shop], but=("id",)
    )


def give_up(source: Db, target: Db, shop: int) -> None:
    """Let the shop go on where it is, and take away what was copied; unless it is let go already."""
    reopened = source.execute(
        "UPDATE tenants_tenant SET closed_at = NULL, closed_reason = '' WHERE id = %s AND closed_reason <> 'moved'"
        " RETURNING id",
        [shop],
    ).fetchone()
    end_replication(source, target, shop)
    if reopened is None or not is_waiting_there(target, shop):
        return
    with target.transaction():
        target.execute("SET LOCAL session_replication_role = replica")
        for table in [*list_shop_tables(target), "tenants_wakeup"]:
            target.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [shop])
        target.execute("DELETE FROM administration_shopday WHERE shop_id = %s", [shop])
        target.execute(
            "UPDATE operators_operator SET made_by_id = NULL WHERE made_by_id = %s",
            [shop],
        )
        target.execute("DELETE FROM tenants_tenant WHERE id = %s", [shop])
