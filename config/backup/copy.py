"""All tables of a database as files, and back: by COPY, from one moment, with counts and checksums.

Read as the owner, whom no policy narrows; written as the superuser, so that no trigger writes history and no reference
asks for a row that comes later. The tables themselves are made by the migrations of the version that made the data.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
# What a value looks like as text must not depend on the server.
FORMATS = """SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601';
SET bytea_output = 'hex'; SET extra_float_digits = 1"""
# Unlogged tables hold what is being imported: a crash empties them as well.
TABLES = """
SELECT c.relname,
       (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
       (SELECT array_agg(a.attname::text ORDER BY n) FROM pg_index i
        CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num
        WHERE i.indrelid = c.oid AND i.indisprimary AND n <= i.indnkeyatts)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
ORDER BY 1
"""
SEQUENCES = """
SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""


@dataclass(frozen=True)
class Table:
    name: str
    columns: list[str]
    order: list[str]


@dataclass(frozen=True)
class Measure:
    """What a table holds: how many rows and bytes, and a hash over all of them in the order of their key."""

    rows: int
    bytes: int
    sha256: str


def list_tables(db: Connection) -> list[Table]:
    return [
        Table(name, columns, order or columns)
        for name, columns, order in db.execute(TABLES)
    ]


def read_table(
    db: Connection, table: Table, write: Callable[[Any], object] = len
) -> Measure:
    """Give each piece of the table's rows to ``write`` and return what they were."""
    digest, rows, size = hashlib.sha256(), 0, 0
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        join_names(table.columns),
        sql.Identifier("public", table.name),
        join_names(table.order),
    )
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            digest.update(piece)
            # A line end inside a value is written as a backslash and an n.
            rows, size = rows + bytes(piece).count(b"\n"), size + len(piece)
            write(piece)
    return Measure(rows, size, digest.hexdigest())


def join_names(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def measure_tables(db: Connection) -> dict[str, Measure]:
    """Return what each table holds, all seen at one moment."""
    with open_snapshot(db):
        return {table.name: read_table(db, table) for table in list_tables(db)}


@contextmanager
def open_snapshot(db: Connection) -> Iterator[None]:
    """Let everything inside see one moment of the database, whatever others write meanwhile."""
    db.execute(FORMATS)
    db.commit()
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def dump_tables(db: Connection, folder: Path) -> dict[str, Measure]:
    """Write each table into a file of ``folder``, with a manifest, and return what the tables hold."""
    folder.mkdir(parents=True, mode=0o700)
    measures: dict[str, Measure] = {}
    with open_snapshot(db):
        tables = list_tables(db)
        for table in tables:
            with gzip.open(folder / f"{table.name}.gz", "wb", compresslevel=3) as file:
                measures[table.name] = read_table(db, table, file.write)
        sequences = db.execute(SEQUENCES).fetchall()
    manifest = {
        "tables": [asdict(table) | asdict(measures[table.name]) for table in tables],
        "sequences": sequences,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return measures


def load_tables(db: Connection, folder: Path) -> None:
    """Fill the tables of a migrated database from ``folder``, in one transaction, as the superuser."""
    manifest = json.loads((folder / "manifest.json").read_text())
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        for table in list_tables(db):
            name = sql.Identifier("public", table.name)
            db.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
        for table in manifest["tables"]:
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier("public", table["name"]), join_names(table["columns"])
            )
            with (
                gzip.open(folder / f"{table['name']}.gz", "rb") as file,
                db.cursor() as cursor,
                cursor.copy(statement) as copy,
            ):
                while piece := file.read(1 << 20):
                    copy.write(piece)
        for name, value, is_called in manifest["sequences"]:
            # The name as a value that is quoted as an identifier: an upper-case letter would be folded otherwise.
            db.execute(
                "SELECT setval(format('public.%%I', %s::text)::regclass, %s, %s)",
                [name, value, is_called],
            )


def list_differences(
    before: dict[str, Measure], after: dict[str, Measure]
) -> list[str]:
    """Return the tables that are not the same on both sides, with what differs."""
    return [
        f"{name}: {before.get(name)} → {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
