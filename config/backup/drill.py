"""`make restore-drill`: all data out of the database, into a second server, and compared; the owners see the date.

``python -m config.backup.drill --backup FOLDER`` writes the files alone, and keeps them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from config.backup.copy import (
    Connection,
    Measure,
    dump_tables,
    list_differences,
    load_tables,
    measure_tables,
)
from scripts.progress import show_step

RECORD = """
INSERT INTO tenants_backuprecord (kind, at, tables, rows, bytes, seconds) VALUES (%s, now(), %s, %s, %s, %s)
"""
# Of the database that is read: the second server is reached by its folder alone.
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DATABASE_ROLE")
GIVEN_FILES = tuple(f"{name}_FILE" for name in GIVEN)


def connect_owner() -> Connection:
    """Connect to the running database as the owner of the tables, whom no policy narrows."""
    from django.conf import settings

    if not settings.DATABASE_OWNER_URL:
        raise SystemExit("Give DATABASE_OWNER_URL: the owner reads every shop's rows.")
    return psycopg.connect(settings.DATABASE_OWNER_URL)


def write_record(
    db: Connection, kind: str, measures: dict[str, Measure], seconds: float
) -> None:
    rows = sum(each.rows for each in measures.values())
    size = sum(each.bytes for each in measures.values())
    db.execute(RECORD, [kind, len(measures), rows, size, round(seconds)])
    db.commit()


def make_backup(folder: Path, tell: Callable[[str], None]) -> dict[str, Measure]:
    """Write all tables into ``folder`` and the date where the owners see it."""
    began = time.monotonic()
    with connect_owner() as db:
        measures = dump_tables(db, folder)
        write_record(db, "backup", measures, time.monotonic() - began)
    tell(describe_size(measures))
    return measures


def describe_size(measures: dict[str, Measure]) -> str:
    rows = sum(each.rows for each in measures.values())
    size = sum(each.bytes for each in measures.values())
    return f"{len(measures)} tables, {rows:,} rows, {size / 1e6:,.1f} MB"


def restore_backup(
    folder: Path, root: Path, tell: Callable[[str], None]
) -> dict[str, Measure]:
    """Start a second server below ``root``, fill it from ``folder`` and return what its tables hold."""
    from config.engines.embedded import DATABASE, SUPERUSER, Engines

    second = Engines(root)
    second.hold()
    try:
        run_there(root, "config.layout", role="owner")
        tell("migrated")
        there = f"postgresql://{SUPERUSER}@/{DATABASE}?host={second.sockets}"
        with psycopg.connect(there) as db:
            load_tables(db, folder)
            tell("filled")
            measures = measure_tables(db)
        run_there(root, "django", "verify_audit")
        tell("the audit logs hold")
        return measures
    finally:
        second.release()


def run_there(root: Path, module: str, *arguments: str, role: str = "app") -> None:
    """Run a command against the second server."""
    left_out = {*GIVEN, *GIVEN_FILES}
    environment = {k: v for k, v in os.environ.items() if k not in left_out}
    environment |= {
        "TSUNAGI_VAR": str(root),
        "ENGINES_HELD": "1",
        "DATABASE_ROLE": role,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def run_restore_drill() -> None:
    """Dump, restore, compare, and write the date down. Raise SystemExit where a table differs."""
    from django.conf import settings

    began, root = time.monotonic(), settings.VAR / "drill"
    shutil.rmtree(root, ignore_errors=True)
    try:
        with show_step("Backup") as tell:
            before = make_backup(root / "backup", tell)
        with show_step("Restore into a second server") as tell:
            after = restore_backup(root / "backup", root, tell)
        with show_step("Comparison") as tell:
            # The backup's own record was written after its moment.
            if differing := list_differences(before, after):
                raise SystemExit("\n".join(["The restored data differ:", *differing]))
            tell(describe_size(after))
        with connect_owner() as db:
            write_record(db, "restore", after, time.monotonic() - began)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main() -> None:
    import django

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--backup", type=Path, help="write the files here and stop there"
    )
    asked = parser.parse_args()
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config.engines.hold import hold_engines

    hold_engines()
    if asked.backup:
        with show_step("Backup") as tell:
            make_backup(asked.backup, tell)
    else:
        run_restore_drill()


if __name__ == "__main__":
    main()
