"""A shop's tables copied into another cell by PostgreSQL's own logical replication, and followed until the switch."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

Db = psycopg.Connection[Any]
# What a crash empties cannot be published: rows of a file that is being imported, made anew from the file.
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
  AND c.relname <> 'tenants_wakeup' ORDER BY 1
"""
# In the shop's audit log, as audit.record_action writes them (administration/audit_texts.py has their words).
RECORD = """
INSERT INTO operators_auditentry (tenant_id, action, target, data, source, at)
VALUES (%s, %s, 'tenants.tenant:' || %s::text, '{}', 'command', now())
"""
PAUSE = 0.05  # seconds between two looks


class MoveRefused(Exception):
    """The shop stays where it is; the message says why, and what to do."""


def list_shop_tables(db: Db) -> list[str]:
    return [name for (name,) in db.execute(TABLES)]


def build_publication_name(shop: int) -> str:
    return f"move_{shop}"


def publish_shop(source: Db, shop: int) -> None:
    """Publish the shop's rows, and nobody else's."""
    tables = sql.SQL(", ").join(
        sql.SQL("{} WHERE (tenant_id = {})").format(
            sql.Identifier(name), sql.Literal(shop)
        )
        for name in list_shop_tables(source)
    )
    source.execute(
        sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(
            sql.Identifier(build_publication_name(shop)), tables
        )
    )


def subscribe_shop(target: Db, shop: int, source_url: str) -> None:
    """Begin to copy what is published; ``source_url`` is how the other server reaches this one."""
    name = sql.Identifier(build_publication_name(shop))
    target.execute(
        sql.SQL(
            "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (synchronous_commit = 'local')"
        ).format(name, sql.Literal(source_url), name)
    )


def wait_until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Look until it holds. Raise MoveRefused with ``otherwise`` when that takes longer."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise MoveRefused(otherwise)
        time.sleep(PAUSE)


def is_copied_whole(target: Db, shop: int) -> bool:
    """Return whether every table was copied and follows what changes."""
    (left,) = target.execute(
        "SELECT count(*) FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid"
        " WHERE s.subname = %s AND r.srsubstate <> 'r'",
        [build_publication_name(shop)],
    ).fetchone() or (1,)
    return not left


def read_place(source: Db) -> str:
    (place,) = source.execute(
        "SELECT pg_current_wal_insert_lsn()::text"
    ).fetchone() or ("",)
    return str(place)


def has_reached(source: Db, shop: int, place: str) -> bool:
    """Return whether the other cell has stored everything up to this place of the log."""
    row = source.execute(
        "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
        [place, build_publication_name(shop)],
    ).fetchone()
    return bool(row and row[0])


def end_replication(source: Db, target: Db, shop: int) -> None:
    """Take away what the move left at both ends; nothing that is not there is missed."""
    name = sql.Identifier(build_publication_name(shop))
    there = target.execute(
        "SELECT 1 FROM pg_subscription WHERE subname = %s",
        [build_publication_name(shop)],
    ).fetchone()
    if there:
        target.execute(sql.SQL("DROP SUBSCRIPTION {}").format(name))
    source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(name))


def record_move(source: Db, shop: int, action: str) -> None:
    """Write into the shop's audit log that it moves, or that it stays after all."""
    source.execute(RECORD, [shop, action, shop])


def measure_shop(db: Db, shop: int) -> dict[str, tuple[int, int]]:
    """Return of each table of the shop how many rows it has and a sum over hashes of all of them."""
    found = {}
    for table in list_shop_tables(db):
        statement = sql.SQL(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
            " FROM {} t WHERE tenant_id = %s"
        ).format(sql.Identifier(table))
        rows, digest = db.execute(statement, [shop]).fetchone() or (0, "0")
        found[table] = (int(rows), int(digest))
    return found
