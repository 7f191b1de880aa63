"""Moves that are killed at each of their steps: each is taken back without a trace, and run again to its end."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from administration.cells.move import STEPS, Move, move_shop, take_back
from administration.cells.replicate import MoveRefused, list_shop_tables, measure_shop
from config.cells.client import MOVING
from config.cells.compare import Db, count_rows, find_remains, find_shop, list_files
from config.cells.stage import Cell, open_cells

KILLED = 9
MEMBERS = 300
# From here on the other cell may have taken writes: the move is not taken back, only ended.
PAST = ("opened", "switched")
# Two lines of the log say that it moved and stayed; all else must be as it was.
LOG = "operators_auditentry"
TIMERS = "SELECT kind, subject, due_at FROM tenants_wakeup WHERE tenant_id = %s ORDER BY 1, 2"


def build_move(
    here: Cell, there: Cell, at: Callable[[str], None] = lambda step: None
) -> Move:
    files = (here.files, there.files)
    return Move(MOVING, here.url, there.url, here.url, files, at=at, replaces=True)


def move_until(here: Cell, there: Cell, step: str) -> None:
    """Move the shop in a process that dies at this step."""
    ways = [str(each) for cell in (here, there) for each in (cell.root, cell.url)]
    command = [sys.executable, "-m", "config.cells.kills", step, *ways]
    code = subprocess.run(command, check=False).returncode
    if code != KILLED:
        raise SystemExit(f"the move did not come to {step!r}: code {code}")


def stop_at_step(step: str) -> Callable[[str], None]:
    return lambda name: os._exit(KILLED) if name == step else None


def find_trace(here: Cell, there: Cell) -> Iterator[str]:
    """Yield what of a move that was taken back is left."""
    with psycopg.connect(here.url) as source, psycopg.connect(there.url) as target:
        shop = find_shop(source, MOVING)
        for table in [*list_shop_tables(target), "tenants_wakeup"]:
            if count_rows(
                target, f"SELECT count(*) FROM {table} WHERE tenant_id = %s", shop
            ):
                yield f"{table} has rows"
        if count_rows(
            target, "SELECT count(*) FROM tenants_tenant WHERE id = %s", shop
        ):
            yield "the shop is there"
        if count_rows(target, "SELECT count(*) FROM operators_operator"):
            yield "its people are there"
        if list_files(there.files, shop):
            yield "its files are there"
        state = "SELECT closed_at, closed_reason FROM tenants_tenant WHERE id = %s"
        if source.execute(state, [shop]).fetchone() != (None, ""):
            yield "it is not open where it was"
        for db in (source, target):
            yield from find_remains(db, shop)


def read_state(cell: Cell) -> tuple[object, ...]:
    with psycopg.connect(cell.url) as db:
        shop = find_shop(db, MOVING)
        rows = measure_shop(db, shop)
        rows.pop(LOG)
        return rows, db.execute(TIMERS, [shop]).fetchall(), list_files(cell.files, shop)


def try_undo(here: Cell, there: Cell, step: str) -> None:
    before = read_state(here)
    move_until(here, there, step)
    if not take_back(build_move(here, there)):
        raise SystemExit(f"{step}: there was nothing to take back")
    wrong = list(find_trace(here, there))
    if read_state(here) != before:
        wrong.append("it is not what it was")
    if wrong:
        raise SystemExit(f"{step}, taken back: {wrong}")


def try_again(here: Cell, there: Cell, step: str) -> None:
    """Kill it, and run it again: the shop is whole in the other cell, from where it moves back the next time."""
    before = read_state(here)
    move_until(here, there, step)
    if step in PAST:
        refuse_undo(here, there, step)
    moved = move_shop(build_move(here, there))
    wrong = list(moved.differing)
    with psycopg.connect(here.url) as source, psycopg.connect(there.url) as target:
        for db in (source, target):
            wrong += find_remains(db, moved.shop)
        wrong += list(find_wrong_ends(source, target))
    if read_state(there) != before:
        wrong.append("it is not what it was")
    if wrong:
        raise SystemExit(f"{step}, run again: {wrong}")


def find_wrong_ends(source: Db, target: Db) -> Iterator[str]:
    state = (
        "SELECT closed_reason, closed_at IS NULL FROM tenants_tenant WHERE slug = %s"
    )
    ends = [db.execute(state, [MOVING]).fetchone() for db in (source, target)]
    if ends != [("moved", False), ("", True)]:
        yield f"it is {ends}"
    shop = find_shop(source, MOVING)
    if count_rows(
        source, "SELECT count(*) FROM tenants_wakeup WHERE tenant_id = %s", shop
    ):
        yield "the old cell still wakes for it"


def refuse_undo(here: Cell, there: Cell, step: str) -> None:
    try:
        take_back(build_move(here, there))
    except MoveRefused:
        return
    raise SystemExit(f"{step}: it was taken back from a cell that works")


def run_kills(root: Path, tell: Callable[[str], None]) -> None:
    """Kill a move at each step. Raise SystemExit where one cannot be taken back or run again."""
    with open_cells(root, "http://127.0.0.1:9") as (here, there):
        here.run("-m", "config.cells.client", "fill", str(MEMBERS))
        for step in STEPS:
            if step not in PAST:
                tell(f"{step}, taken back")
                try_undo(here, there, step)
        for step in STEPS:
            tell(f"{step}, run again")
            try_again(here, there, step)
            here, there = there, here
        tell(f"{len(STEPS)} steps: each taken back or refused, and run again")


def main() -> None:
    step, root, url, other_root, other_url = sys.argv[1:]
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    here = Cell(1, Path(root), url, "")
    there = Cell(2, Path(other_root), other_url, "")
    move_shop(build_move(here, there, stop_at_step(step)))


if __name__ == "__main__":
    main()
