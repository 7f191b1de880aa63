"""`make move-drill`: a shop moves between two cells under live webhooks, and both are compared.

Two servers of their own are started below ``var/cells`` and thrown away. ``MEMBERS=100000 RUNS=5`` set its size.
"""

import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config.cells.client import MOVING, STAYING
from scripts.progress import show_step

LOGICAL = "-c wal_level=logical"
MIGRATE = ("-m", "django", "migrate", "--verbosity", "0")
# A worker that is busy with the shop when its move begins: longer than the copy of a small shop takes.
WORK_SECONDS = 8.0
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DATABASE_ROLE")


@dataclass
class Cell:
    """One cell: its number, its folder, and its database as the superuser."""

    number: int
    root: Path
    url: str

    def build_environment(self, role: str = "app") -> dict[str, str]:
        left_out = {*GIVEN, *(f"{name}_FILE" for name in GIVEN)}
        kept = {k: v for k, v in os.environ.items() if k not in left_out}
        return kept | {
            "TSUNAGI_VAR": str(self.root),
            "ENGINES_HELD": "1",
            "DATABASE_ROLE": role,
            "CELL": str(self.number),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def run(self, *arguments: str, role: str = "app") -> None:
        subprocess.run(
            [sys.executable, *arguments], env=self.build_environment(role), check=True
        )


@contextmanager
def open_cells(root: Path) -> Iterator[tuple[Cell, Cell]]:
    """Start both servers with their tables, and stop them at the end."""
    from config.engines.embedded import DATABASE, SUPERUSER, Engines

    shutil.rmtree(root, ignore_errors=True)
    engines, cells = [], []
    try:
        for number in (1, 2):
            each = Engines(root / str(number), LOGICAL)
            each.hold()
            engines.append(each)
            url = f"postgresql://{SUPERUSER}@/{DATABASE}?host={each.sockets}"
            cells.append(Cell(number, root / str(number), url))
        for cell in cells:
            cell.run(*MIGRATE, role="owner")
        yield cells[0], cells[1]
    finally:
        for each in engines:
            each.release()
        shutil.rmtree(root, ignore_errors=True)


@dataclass
class Traffic:
    """Webhooks one after the other, to the cell that the map names. What is refused is sent again, as LINE does."""

    cells: dict[int, Cell]
    at: int = 1
    taken: list[tuple[int, int]] = field(default_factory=list)
    refused_at: float = 0.0
    resumed_at: float = 0.0
    ended: bool = False

    def send(self) -> None:
        servers = {
            number: subprocess.Popen(
                [sys.executable, "-m", "config.cells.client", "serve"],
                env=cell.build_environment(),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for number, cell in self.cells.items()
        }
        number = 0
        while not self.ended:
            number += 1
            while not self.take(servers, number):
                time.sleep(0.02)
        for server in servers.values():
            server.communicate("")

    def take(self, servers: dict[int, "subprocess.Popen[str]"], number: int) -> bool:
        """Send one event; return whether it was taken."""
        at = self.at
        server = servers[at]
        assert server.stdin and server.stdout
        server.stdin.write(f"{number}\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        if status == 200:
            self.taken.append((at, number))
            if at == 2 and not self.resumed_at:
                self.resumed_at = time.monotonic()
            return True
        if status != 503:
            raise SystemExit(f"cell {at} answered {status}")
        self.refused_at = self.refused_at or time.monotonic()
        return False


def run_drill(root: Path, members: int, tell: Callable[[str], None]) -> float:
    """Move the shop once; return how long writes paused, in seconds. Raise SystemExit where something differs."""
    from administration.cells.move import Move, move_shop
    from administration.cells.replicate import measure_shop

    with open_cells(root) as (old, new):
        old.run("-m", "config.cells.client", "fill", str(members))
        traffic = Traffic({1: old, 2: new})
        sending = threading.Thread(target=traffic.send, daemon=True)
        sending.start()
        while len(traffic.taken) < 20:
            time.sleep(0.1)
        with psycopg.connect(old.url) as db:
            before = measure_shop(db, find_shop(db, STAYING))
        files = (old.root / "files", new.root / "files")

        def switch() -> None:
            traffic.at = 2

        worker = hold_work(old, WORK_SECONDS)
        moved = move_shop(Move(MOVING, old.url, new.url, old.url, files, switch))
        worker.join()
        reached = len(traffic.taken) + 50
        while len(traffic.taken) < reached:
            time.sleep(0.1)
        traffic.ended = True
        sending.join()
        compare_cells(old, new, traffic, before, moved.differing, moved.shop)
        tell(
            f"{moved.rows:,} rows of {moved.tables} tables; {len(traffic.taken)} webhooks"
        )
        return traffic.resumed_at - traffic.refused_at


def hold_work(cell: Cell, seconds: float) -> threading.Thread:
    """Do as a worker that holds one of the shop's timers, writes at its end, and gives it back."""
    timer = "UPDATE tenants_wakeup SET lease_until = {} WHERE tenant_id = %s AND kind = 'administration.count'"
    db = psycopg.connect(cell.url, autocommit=True)
    shop = find_shop(db, MOVING)
    db.execute(timer.format("now() + interval '1 minute'"), [shop])

    def finish() -> None:
        time.sleep(seconds)
        with db:
            db.execute(
                "UPDATE members_member SET line_name = 'written last' WHERE tenant_id = %s AND line_name = ''",
                [shop],
            )
            db.execute(timer.format("NULL"), [shop])

    worker = threading.Thread(target=finish, daemon=True)
    worker.start()
    return worker


def find_shop(db: "psycopg.Connection[tuple[object, ...]]", slug: str) -> int:
    row = db.execute("SELECT id FROM tenants_tenant WHERE slug = %s", [slug]).fetchone()
    assert row
    return int(str(row[0]))


def compare_cells(
    old: Cell,
    new: Cell,
    traffic: Traffic,
    before: dict[str, tuple[int, int]],
    differing: list[str],
    shop: int,
) -> None:
    """Raise SystemExit with all that is not as it must be."""
    from administration.cells.replicate import measure_shop

    wrong = [f"the cells differ in {name}" for name in differing]
    with psycopg.connect(old.url) as here, psycopg.connect(new.url) as there:
        taken = sorted(f"event-{number}" for _cell, number in traffic.taken)
        rows = there.execute("SELECT event_id FROM messaging_webhookevent ORDER BY 1")
        if sorted(name for (name,) in rows) != taken:
            wrong.append("webhooks were lost or doubled")
        left = here.execute("SELECT 1 FROM tenants_wakeup WHERE tenant_id = %s", [shop])
        if left.fetchone():
            wrong.append("the old cell still wakes for the shop")
        if not there.execute(
            "SELECT 1 FROM tenants_wakeup WHERE tenant_id = %s", [shop]
        ).fetchone():
            wrong.append("no timer came along")
        if measure_shop(here, find_shop(here, STAYING)) != before:
            wrong.append("the other shop was touched")
        if there.execute(
            "SELECT 1 FROM members_member WHERE tenant_id = %s AND line_name = '' AND line_user_id LIKE 'U%%' LIMIT 1",
            [shop],
        ).fetchone():
            wrong.append("what a worker wrote last did not come along")
        newest = there.execute(
            "SELECT max(id), min(id) FROM messaging_webhookevent"
        ).fetchone()
        if not newest or not newest[0] > 2 * 2**40 > newest[1]:
            wrong.append("ids of the new cell do not come from its range")
    if not (new.root / "files" / "exports" / str(shop) / "kept.bin").exists():
        wrong.append("a file did not come along")
    if wrong:
        raise SystemExit("\n".join(wrong))


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    members, runs = (
        int(os.environ.get("MEMBERS", "1000")),
        int(os.environ.get("RUNS", "1")),
    )
    pauses = []
    for number in range(1, runs + 1):
        with show_step(f"Move {number} of {runs}, {members:,} members") as tell:
            pauses.append(run_drill(settings.VAR / "cells", members, tell))
            tell(f"writes paused for {pauses[-1]:.2f} s")
    sys.stdout.write(f"median of {runs}: {statistics.median(pauses):.2f} s\n")


if __name__ == "__main__":
    main()
