"""A shop moves to another cell while it works: its rows are copied and followed, then it pauses and goes on there.

Nothing is lost on the way: a move that cannot go on leaves the shop where it was, and one that was killed anywhere is
run again or taken back (resume.py). The old cell keeps its copy, closed, until somebody deletes it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from administration.cells.look import check_move, refuse_import
from administration.cells.pause import PAUSING, pause_shop, stop_taking_work
from administration.cells.progress import begin_move, end_move, record_step
from administration.cells.replicate import (
    Db,
    MoveRefused,
    end_replication,
    has_reached,
    is_copied_whole,
    measure_shop,
    publish_shop,
    subscribe_shop,
    wait_until,
)
from administration.cells.resume import (
    find_progress,
    give_up,
    purge_copy,
    return_shop,
)
from administration.cells.shop_rows import (
    copy_applications,
    copy_days,
    copy_files,
    copy_people,
    copy_shop_row,
    copy_timers,
)

# The longest time before the move is given up, in seconds: the copy.
COPYING = 6 * 3600.0
# Where a move may be killed, in their order; a drill stops it at each.
STEPS = (
    "introduced",
    "published",
    "subscribed",
    "copied",
    "drained",
    "paused",
    "caught up",
    "parted",
    "let go",
    "opened",
    "switched",
)
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('move ' || %s, 0))"


@dataclass(frozen=True)
class Move:
    """``source`` and ``target`` are reached as who owns the tables and may replicate; ``reach``: how the target's
    server reaches the source's. ``switch`` tells the proxy, between the last write here and the first one there.

    ``replaces``: a closed copy that an earlier move left in the target is deleted first. ``at`` is told of each step.
    """

    slug: str
    source: str
    target: str
    reach: str
    files: tuple[Path, Path] | None = None
    switch: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda text: None
    at: Callable[[str], None] = lambda step: None
    replaces: bool = False


@dataclass(frozen=True)
class Moved:
    """``pause``: seconds from the first write refused here to the first one taken there."""

    shop: int
    tables: int
    rows: int
    pause: float
    differing: list[str]


def move_shop(move: Move) -> Moved:
    """Move the shop, or end the move that was killed. Raise MoveRefused with the reason when it stays where it is."""
    with connect_cells(move) as (source, target):
        progress = find_progress(source, target, move.slug)
        if progress.is_there:
            # Only the proxy may not have heard of it.
            move.switch()
            end_move(source, progress.shop, "moved")
            return Moved(progress.shop, 0, 0, 0.0, [])
        if progress.is_between:
            move.tell("the killed move goes on: the shop was let go already")
            return hand_over_shop(move, source, target, progress.shop, time.monotonic())
        if progress.is_begun:
            move.tell("the killed move begins anew")
            give_up(source, target, progress.shop, move.files)
            end_move(source, progress.shop, "stayed")
        if progress.is_left_there and move.replaces:
            purge_copy(target, progress.shop, move.files)
        shop = check_move(source, target, move.slug)
        begin_move(source, shop)
        try:
            return carry_over(move, source, target, shop)
        except BaseException as error:
            if not find_progress(source, target, move.slug).is_let_go:
                give_up(source, target, shop, move.files)
                end_move(source, shop, "stayed", error)
            raise


def take_back(move: Move) -> bool:
    """Leave the shop where it was after a killed move; return False where there was none.

    Raise MoveRefused where it is open in the other cell already: it can only move back from there.
    """
    with connect_cells(move) as (source, target):
        progress = find_progress(source, target, move.slug)
        if progress.is_there:
            raise MoveRefused(
                "The shop works in the other cell already: move it back from there."
            )
        if progress.is_between:
            return_shop(source, target, progress.shop)
        if progress.is_begun or progress.is_between:
            give_up(source, target, progress.shop, move.files)
        end_move(source, progress.shop, "stayed")
        return progress.is_begun or progress.is_between


@contextmanager
def connect_cells(move: Move) -> Iterator[tuple[Db, Db]]:
    """Yield both databases. Raise MoveRefused while another command moves the shop."""
    with (
        psycopg.connect(move.source, autocommit=True) as source,
        psycopg.connect(move.target, autocommit=True) as target,
    ):
        if source.execute(LOCK, [move.slug]).fetchone() != (True,):
            raise MoveRefused("Another command is moving this shop.")
        yield source, target


def build_note(move: Move, source: Db, shop: int) -> Callable[[str], None]:
    """Return what writes down that a step was reached, then tells of it."""

    def note(step: str) -> None:
        record_step(source, shop, step)
        move.at(step)

    return note


def carry_over(move: Move, source: Db, target: Db, shop: int) -> Moved:
    note = build_note(move, source, shop)
    with target.transaction():
        copy_shop_row(source, target, shop)
        copy_people(source, target, shop)
    note("introduced")
    publish_shop(source, shop)
    note("published")
    subscribe_shop(target, shop, move.reach)
    note("subscribed")
    wait_until(
        lambda: is_copied_whole(target, shop), COPYING, "The copy takes too long."
    )
    if move.files:
        copy_files(*move.files, shop)
    note("copied")
    move.tell("copied; waiting for work under way")
    stop_taking_work(source, shop)
    refuse_import(source, shop)
    note("drained")
    began = time.monotonic()
    frozen = pause_shop(source, shop)
    note("paused")
    wait_until(
        lambda: has_reached(source, shop, frozen),
        PAUSING,
        "The other cell lags behind.",
    )
    note("caught up")
    with target.transaction():
        copy_shop_row(source, target, shop)
        copy_people(source, target, shop, everybody=False)
        copy_timers(source, target, shop)
        copy_days(source, target, shop)
        copy_applications(source, target, shop)
    if move.files:
        copy_files(*move.files, shop)
    # Before anything of it is open there: whatever becomes of the old copy reaches the shop no more.
    end_replication(source, target, shop)
    note("parted")
    return hand_over_shop(move, source, target, shop, began)


def hand_over_shop(
    move: Move, source: Db, target: Db, shop: int, began: float
) -> Moved:
    """Close the shop here for good, then open it there; compare both as they are at that moment."""
    note = build_note(move, source, shop)
    with psycopg.connect(move.target) as snapshot:
        snapshot.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot.execute("SELECT 1")
        let_go(source, shop)
        note("let go")
        open_there(target, shop)
        note("opened")
        move.switch()
        pause = time.monotonic() - began
        note("switched")
        end_move(source, shop, "moved")
        move.tell("switched; comparing both cells")
        here, there = measure_shop(source, shop), measure_shop(snapshot, shop)
    differing = [name for name in here if here[name] != there.get(name)]
    rows = sum(count for count, _digest in there.values())
    return Moved(shop, len(there), rows, pause, differing)


def let_go(source: Db, shop: int) -> None:
    """Close the shop here for good, and let nothing wake for it any more."""
    with source.transaction():
        source.execute(
            "UPDATE tenants_tenant SET closed_reason = 'moved' WHERE id = %s", [shop]
        )
        source.execute("DELETE FROM tenants_wakeup WHERE tenant_id = %s", [shop])


def open_there(target: Db, shop: int) -> None:
    target.execute(
        "UPDATE tenants_tenant SET closed_at = NULL, closed_reason = '' WHERE id = %s",
        [shop],
    )
