"""`make move-drill`: a shop moves between two cells while it works, and both are compared; then moves are killed.

Webhooks and answers come in, messages go out, workers of both cells do what is due. ``MEMBERS=100000 RUNS=5`` set the
size; ``KILLS=0`` leaves the killed moves out. Everything lies below ``var/cells`` and is thrown away.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from administration.cells.move import Move, Moved, move_shop
from config.cells import fill
from config.cells.client import MOVING, SECRET, STAYING, TOKEN, build_follower_id
from config.cells.compare import (
    find_differences,
    find_shop,
    find_wrong_pushes,
    is_quiet,
    measure_others,
)
from config.cells.kills import run_kills
from config.cells.stage import Cell, Process, open_cells
from config.cells.traffic import Door, Stream, measure_pause
from scripts.progress import show_step

# A worker that is busy with the shop when its move begins: longer than the copy of a small shop takes.
WORK_SECONDS = 8.0
PATIENCE_SECONDS = 600.0
# Neither is among the tables that are followed.
CHANGE_SHOP = "UPDATE tenants_tenant SET name = 'renamed' WHERE id = %s"
CHANGE_PERSON = "UPDATE operators_operator SET password = 'changed' WHERE login_id = %s"


def register_channels(sandbox: Any) -> Any:
    """Let the simulator know both shops' channels; return that of the shop that moves."""
    for slug in (STAYING, MOVING):
        channel = sandbox.line.register(
            {
                "channel_id": slug,
                "channel_secret": SECRET,
                "access_token": f"{TOKEN}-{slug}",
                "quota": None,
            }
        )
    return channel


def run_drill(
    root: Path, members: int, sandbox: Any, tell: Callable[[str], None]
) -> float:
    """Move the shop once; return how long writes paused, in seconds. Raise SystemExit where something differs."""
    sandbox.line.reset()
    channel = register_channels(sandbox)
    wanted = {fill.build_member_id(n) for n in range(1, min(members, fill.PUSHES) + 1)}

    def meet(user_id: str) -> None:
        sandbox.line.add_friends(channel, [{"user_id": user_id, "name": "友だち"}])
        wanted.add(user_id)

    for user_id in list(wanted):
        meet(user_id)
    with open_cells(root, sandbox.line_url) as cells:
        old, new = cells
        old.run("-m", "config.cells.client", "fill", str(members))
        workers = [cell.start("work") for cell in cells]
        door, both = Door(), {1: old, 2: new}
        webhooks = Stream(
            "webhook", both, door, 0.08, lambda number: meet(build_follower_id(number))
        )
        answers = Stream("answer", both, door, 0.15)
        try:
            with run_streams(webhooks, answers):
                moved, others = move_under_way(
                    cells, [webhooks, answers], door, channel
                )
            wait_for_quiet(new, moved.shop)
        finally:
            end_workers(workers)
        pushed = dict(channel.accepted)
        wrong = [
            *(f"the cells differ in {name}" for name in moved.differing),
            *find_differences(cells, moved.shop, webhooks, answers),
            *find_wrong_pushes(wanted, pushed),
        ]
        if others != measure_others(old):
            wrong.append("the other shop was touched")
        if wrong:
            raise SystemExit("\n".join(wrong))
        tell(
            f"{moved.rows:,} rows of {moved.tables} tables; {len(webhooks.taken)} webhooks, "
            f"{len(answers.taken)} answers, {sum(pushed.values())} messages"
        )
        return measure_pause([webhooks, answers])


@contextmanager
def run_streams(*streams: Stream) -> Iterator[None]:
    for each in streams:
        each.start()
    try:
        yield
    finally:
        for each in streams:
            each.end()


def move_under_way(
    cells: tuple[Cell, Cell], streams: list[Stream], door: Door, channel: Any
) -> tuple[Moved, dict[str, tuple[int, int]]]:
    """Move the shop while everything goes on; return what came of it, and what the other shop was before."""
    old, new = cells
    for each in streams:
        each.wait_for(20)
    while channel.delivered < 20:
        time.sleep(0.1)

    def switch() -> None:
        door.at = new.number

    others = measure_others(old)
    worker = hold_work(old, WORK_SECONDS)
    move = Move(MOVING, old.url, new.url, old.url, (old.files, new.files), switch)
    moved = move_shop(move)
    worker.join()
    for each in streams:
        each.wait_for(40)
    return moved, others


def wait_for_quiet(cell: Cell, shop: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_quiet(cell, shop):
        if time.monotonic() > until:
            raise SystemExit("the new cell does not get through with what came in")
        time.sleep(0.5)


def end_workers(workers: list[Process]) -> None:
    """Let both end what they began."""
    for worker in workers:
        worker.communicate("")


def hold_work(cell: Cell, seconds: float) -> threading.Thread:
    """Do as a worker that holds one of the shop's timers, writes at its end, and gives it back."""
    timer = (
        "UPDATE tenants_wakeup SET lease_until = {}, token = {}"
        " WHERE tenant_id = %s AND kind = 'administration.count'"
    )
    db = psycopg.connect(cell.url, autocommit=True)
    shop = find_shop(db, MOVING)
    held = timer.format("now() + interval '1 minute'", "gen_random_uuid()")
    db.execute(held, [shop])

    def finish() -> None:
        time.sleep(seconds)
        with db:
            db.execute(
                "UPDATE members_member SET line_name = 'written last' WHERE tenant_id = %s AND public_id = %s",
                [shop, "m" + "1".rjust(11, "0")],
            )
            db.execute(CHANGE_SHOP, [shop])
            db.execute(CHANGE_PERSON, [f"{MOVING}-owner"])
            db.execute(timer.format("NULL", "NULL"), [shop])

    worker = threading.Thread(target=finish, daemon=True)
    worker.start()
    return worker


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from sandbox.serving import Sandbox

    members = int(os.environ.get("MEMBERS", "1000"))
    runs, kills = int(os.environ.get("RUNS", "1")), os.environ.get("KILLS", "1") != "0"
    pauses = []
    root = settings.VAR / "cells"
    for number in range(1, runs + 1):
        with (
            Sandbox(record="counts") as sandbox,
            show_step(f"Move {number} of {runs}, {members:,} members") as tell,
        ):
            pauses.append(run_drill(root, members, sandbox, tell))
        sys.stdout.write(f"    writes paused for {pauses[-1]:.2f} s\n")
    if pauses:
        median = statistics.median(pauses)
        sys.stdout.write(f"median of {runs}: {median:.2f} s\n")
    if kills:
        with show_step("Killed moves") as tell:
            run_kills(root, tell)


if __name__ == "__main__":
    main()
