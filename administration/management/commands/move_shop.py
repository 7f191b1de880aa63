"""`manage.py move_shop SLUG --to URL`: move a shop to another cell while it works (docs/scaling.md)."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from administration.cells.move import Move, move_shop, take_back
from administration.cells.replicate import MoveRefused


def read_address(text: str) -> str:
    """Return the address of a database; of "@path" what the file holds, so that no list of processes shows it."""
    return Path(text[1:]).read_text().strip() if text.startswith("@") else text


class Command(BaseCommand):
    help = "Move a shop to another cell: its rows, files, people and timers. It pauses for a moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--to",
            required=True,
            help="the other cell's database, as the owner of its tables; @FILE: what the file holds",
        )
        parser.add_argument(
            "--from", dest="source", default=settings.DATABASE_OWNER_URL
        )
        parser.add_argument(
            "--reach", help="how the other cell's server reaches this one's database"
        )
        parser.add_argument(
            "--files-to",
            type=Path,
            help="the other cell's folder of files, where it is another one",
        )
        parser.add_argument(
            "--then",
            help="a command that tells the proxy, run in the moment of the switch",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="delete the closed copy that an earlier move left in the other cell",
        )
        parser.add_argument(
            "--undo",
            action="store_true",
            help="after a killed move: leave the shop here, and take away what was copied",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        move = self.build_move(options)
        try:
            if options["undo"]:
                was_begun = take_back(move)
            else:
                moved = move_shop(move)
        except MoveRefused as refused:
            raise CommandError(str(refused)) from refused
        if options["undo"]:
            done = "the shop stays in this cell" if was_begun else "nothing to undo"
            self.stdout.write(done)
            return
        self.stdout.write(
            f"{moved.rows:,} rows of {moved.tables} tables moved; writes paused for {moved.pause:.1f} s"
        )
        if moved.differing:
            raise CommandError(f"These tables differ: {', '.join(moved.differing)}")

    def build_move(self, options: dict[str, Any]) -> Move:
        def switch() -> None:
            if options["then"]:
                subprocess.run(shlex.split(options["then"]), check=True)

        source = read_address(options["source"])
        folder = options["files_to"]
        return Move(
            options["slug"],
            source,
            read_address(options["to"]),
            read_address(options["reach"] or source),
            (settings.VAR / "files", folder) if folder else None,
            switch,
            self.stdout.write,
            replaces=options["replace"],
        )
