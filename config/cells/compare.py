"""Whether a shop that moved is whole in its new cell: nothing lost or doubled, nothing of anybody else touched."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from config.cells.client import STAYING
from config.cells.stage import Cell
from config.cells.traffic import Stream

Db = psycopg.Connection[Any]
OPEN = (
    "SELECT count(*) FROM messaging_delivery WHERE tenant_id = %s AND state IN (0, 1)"
)
UNHANDLED = "SELECT count(*) FROM messaging_webhookevent WHERE tenant_id = %s AND handled_at IS NULL"
OTHER_ENDS = "SELECT DISTINCT state FROM messaging_delivery WHERE tenant_id = %s AND state NOT IN (2)"
EVENTS = "SELECT event_id FROM messaging_webhookevent WHERE tenant_id = %s"
ANSWERS = (
    "SELECT text FROM forms_builder_answer WHERE tenant_id = %s AND text LIKE '回答 %%'"
)
TIMERS = "SELECT count(*) FROM tenants_wakeup WHERE tenant_id = %s"
# What the drill changes while the shop moves.
WRITTEN_LAST = "SELECT count(*) FROM members_member WHERE tenant_id = %s AND line_name = 'written last'"
RENAMED = "SELECT count(*) FROM tenants_tenant WHERE id = %s AND name = 'renamed'"
CHANGED_LOGIN = "SELECT count(*) FROM operators_operator WHERE password = 'changed'"


def find_shop(db: Db, slug: str) -> int:
    row = db.execute("SELECT id FROM tenants_tenant WHERE slug = %s", [slug]).fetchone()
    assert row
    return int(str(row[0]))


def count_rows(db: Db, statement: str, *values: Any) -> int:
    row = db.execute(statement, values).fetchone()
    return int(row[0]) if row else 0


def is_quiet(cell: Cell, shop: int) -> bool:
    """Return whether everything that came in was handled, and everything that is due was sent."""
    with psycopg.connect(cell.url) as db:
        return not count_rows(db, UNHANDLED, shop) and not count_rows(db, OPEN, shop)


def list_files(root: Path, shop: int) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.glob(f"*/{shop}/**/*")
        if path.is_file()
    }


def find_differences(
    cells: tuple[Cell, Cell],
    shop: int,
    webhooks: Stream,
    answers: Stream,
) -> Iterator[str]:
    """Yield what is not as it must be once all is quiet."""
    old, new = cells
    with psycopg.connect(old.url) as here, psycopg.connect(new.url) as there:
        yield from find_lost_requests(there, shop, webhooks, answers)
        yield from find_lost_changes(there, shop)
        if states := there.execute(OTHER_ENDS, [shop]).fetchall():
            yield f"messages ended otherwise than sent: {states}"
        if count_rows(here, TIMERS, shop):
            yield "the old cell still wakes for the shop"
        if not count_rows(there, TIMERS, shop):
            yield "no timer came along"
        newest = there.execute(
            "SELECT max(id), min(id) FROM messaging_webhookevent"
        ).fetchone()
        if not newest or not newest[0] > 2 * 2**40 > newest[1]:
            yield "ids of the new cell do not come from its range"
        for db in (here, there):
            yield from find_remains(db, shop)
    files = list_files(old.files, shop)
    if not files or files != list_files(new.files, shop):
        yield "the files are not those of the old cell"


def find_lost_requests(
    db: Db, shop: int, webhooks: Stream, answers: Stream
) -> Iterator[str]:
    """Yield whether what was taken in at either cell is not there exactly once."""
    for what, statement, words, stream in (
        ("webhooks", EVENTS, "event-", webhooks),
        ("answers", ANSWERS, "回答 ", answers),
    ):
        there = sorted(name for (name,) in db.execute(statement, [shop]))
        if there != sorted(f"{words}{number}" for _cell, number in stream.taken):
            yield f"{what} were lost or doubled"


def find_lost_changes(db: Db, shop: int) -> Iterator[str]:
    """Yield what was written at the last moment and did not come along."""
    if not count_rows(db, WRITTEN_LAST, shop):
        yield "what a worker wrote last did not come along"
    if not count_rows(db, RENAMED, shop):
        yield "a late change of the shop's row did not come along"
    if not count_rows(db, CHANGED_LOGIN):
        yield "a late change of a password did not come along"


def find_remains(db: Db, shop: int) -> Iterator[str]:
    """Yield what of the replication is still there."""
    name = f"move_{shop}"
    for table, column in (
        ("pg_publication", "pubname"),
        ("pg_subscription", "subname"),
        ("pg_replication_slots", "slot_name"),
    ):
        if count_rows(db, f"SELECT count(*) FROM {table} WHERE {column} = %s", name):
            yield f"{table} is left"


def find_wrong_pushes(wanted: set[str], pushed: dict[str, int]) -> Iterator[str]:
    """Each of those who were to get one message must have got exactly one, and nobody else any."""
    if lost := wanted - pushed.keys():
        yield f"{len(lost)} messages were lost"
    if doubled := sum(1 for times in pushed.values() if times > 1):
        yield f"{doubled} people got a message twice"
    if more := pushed.keys() - wanted:
        yield f"{len(more)} people got a message that was not for them"


def measure_others(cell: Cell) -> dict[str, tuple[int, int]]:
    from administration.cells.replicate import measure_shop

    with psycopg.connect(cell.url) as db:
        return measure_shop(db, find_shop(db, STAYING))
