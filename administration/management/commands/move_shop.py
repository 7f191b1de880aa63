"""`manage.py move_shop SLUG --to URL`: move a shop to another cell while it works (docs/scaling.md)."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from administration.cells.move import Move, move_shop
from administration.cells.replicate import MoveRefused


class Command(BaseCommand):
    help = "Move a shop to another cell: its rows, files, people and timers. It pauses for a moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--to",
            required=True,
            help="the other cell's database, as the owner of its tables",
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

    def handle(self, *args: Any, **options: Any) -> None:
        def switch() -> None:
            if options["then"]:
                subprocess.run(shlex.split(options["then"]), check=True)

        files = options["files_to"] and (
            settings.VAR / "files",
            options["files_to"],
        )
        move = Move(
            options["slug"],
            options["source"],
            options["to"],
            options["reach"] or options["source"],
            files or None,
            switch,
            self.stdout.write,
        )
        try:
            moved = move_shop(move)
        except MoveRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{moved.rows:,} rows of {moved.tables} tables moved; writes paused for {moved.pause:.1f} s"
        )
        if moved.differing:
            raise CommandError(f"These tables differ: {', '.join(moved.differing)}")
