"""Emptying the tables after tests with real commits.

Django truncates all of them and makes rights and content types anew. A TRUNCATE makes new files for a table and each of
its indexes, and looks through all buffers for each. Here only tables that hold something are emptied, row by row, as
the superuser of the embedded engine: no trigger fires and no reference is checked.
"""

from collections.abc import Iterable

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg.sql import SQL, Identifier, Literal

from config.engines.embedded import SUPERUSER

# Bytes from which a table is vacuumed too: what one test leaves behind must not slow down the next.
LARGE = 1 << 20


def find_filled(db: "psycopg.Connection") -> set[str]:  # type: ignore[type-arg]
    """Return the tables that hold rows."""
    names = connection.introspection.table_names()
    holds = SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    asked = [holds.format(Literal(name), Identifier(name)) for name in names]
    return {name for (name,) in db.execute(SQL(" UNION ALL ").join(asked))}


def connect() -> "psycopg.Connection | None":  # type: ignore[type-arg]
    """Connect as the superuser; None where the engine is somebody else's."""
    there = connection.settings_dict
    try:
        return psycopg.connect(
            host=there["HOST"],
            port=there["PORT"] or None,
            user=SUPERUSER,
            dbname=there["NAME"],
            autocommit=True,
        )
    except psycopg.OperationalError:
        return None


def find_lasting() -> set[str]:
    """Return the tables that the migrations filled."""
    db = connect()
    if not db:
        return set()
    with db:
        return find_filled(db)


def empty(lasting: Iterable[str]) -> bool:
    """Delete all rows but those of ``lasting``; return False where that is not possible."""
    db = connect()
    if not db:
        return False
    with db:
        filled = sorted(find_filled(db) - set(lasting))
        db.execute("SET session_replication_role = replica")
        for name in filled:
            db.execute(SQL("DELETE FROM {}").format(Identifier(name)))
        for name in filled:
            size = db.execute("SELECT pg_table_size(%s)", [name]).fetchone()
            if size and size[0] > LARGE:
                db.execute(SQL("VACUUM {}").format(Identifier(name)))
    return True


def flush() -> None:
    """Empty all tables as Django does, for engines that are not ours. The owner must be connected."""
    call_command("flush", verbosity=0, interactive=False)
