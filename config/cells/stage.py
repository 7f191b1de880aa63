"""Two cells of their own for a drill: two embedded servers below one folder, thrown away at the end."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOGICAL = "-c wal_level=logical"
MIGRATE = ("-m", "django", "migrate", "--verbosity", "0")
TELL_KEYS = ("-m", "config.cells.client", "tell")
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DATABASE_ROLE")
Process = subprocess.Popen[str]


@dataclass
class Cell:
    """One cell: its number, its folder, its database as the superuser, and where it finds LINE."""

    number: int
    root: Path
    url: str
    line_url: str

    @property
    def files(self) -> Path:
        return self.root / "files"

    def build_environment(self, role: str = "app") -> dict[str, str]:
        left_out = {*GIVEN, *(f"{name}_FILE" for name in GIVEN)}
        kept = {k: v for k, v in os.environ.items() if k not in left_out}
        return kept | {
            "TSUNAGI_VAR": str(self.root),
            "ENGINES_HELD": "1",
            "DATABASE_ROLE": role,
            "CELL": str(self.number),
            "LINE_API_URL": self.line_url,
            "ANSWERS_PER_SECOND": "1000",
            "LOG_LEVEL": "CRITICAL",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def run(self, *arguments: str, role: str = "app") -> None:
        subprocess.run(
            [sys.executable, *arguments], env=self.build_environment(role), check=True
        )

    def start(self, *arguments: str) -> Process:
        """Start a process of the cell, to which we speak by its input and output."""
        return subprocess.Popen(
            [sys.executable, "-m", "config.cells.client", *arguments],
            env=self.build_environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )


@contextmanager
def open_cells(root: Path, line_url: str) -> Iterator[tuple[Cell, Cell]]:
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
            cells.append(Cell(number, root / str(number), url, line_url))
        for cell in cells:
            cell.run(*MIGRATE, role="owner")
            cell.run(*TELL_KEYS)
        yield cells[0], cells[1]
    finally:
        for each in engines:
            each.release()
        shutil.rmtree(root, ignore_errors=True)
