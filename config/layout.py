"""The tables of a development machine: `make run` asks whether its data fit this version before it migrates.

Until the first release a migration may be rewritten, and data made by the earlier text cannot follow. The tables
therefore remember which migrations made them, by name and content.
"""

import hashlib
import io
import json
import os
from pathlib import Path

OLDER = """
The data under {var} were made by an earlier version of Tsunagi, whose tables were laid out differently.
Nothing has been released yet, so they cannot be carried over.

  make reset     forgets them; the next `make run` starts with a new demo shop
"""


def fingerprint_migrations(root: Path) -> dict[str, str]:
    """Return app.migration → a hash of its text and of the app's SQL files."""
    found = {}
    for path in sorted(root.glob("*/migrations/0*.py")):
        texts = [path, *sorted((path.parent.parent / "sql").glob("*.sql"))]
        content = b"\0".join(text.read_bytes() for text in texts)
        digest = hashlib.sha256(content).hexdigest()[:16]
        found[f"{path.parent.parent.name}.{path.stem}"] = digest
    return found


def is_older(remembered: str | None, now: dict[str, str]) -> bool:
    """Return whether data that remember these migrations (JSON; None: nothing) were made by another text of them."""
    before = json.loads(remembered) if remembered else {}
    return not before or any(now.get(name) != digest for name, digest in before.items())


def refuse_older_layout() -> None:
    """Raise SystemExit with the remedy when the tables that are there were made by an earlier layout."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT obj_description('django_migrations'::regclass)")
        remembered = cursor.fetchone()[0]
    if is_older(remembered, fingerprint_migrations(settings.BASE_DIR)):
        raise SystemExit(OLDER.format(var=settings.VAR))


def remember_layout() -> None:
    """Write down which migrations made the tables."""
    from django.conf import settings
    from django.db import connection

    now = json.dumps(fingerprint_migrations(settings.BASE_DIR))
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{now}'")


class Counter(io.StringIO):
    """What `migrate` says, told as "3 of 60 migrations"."""

    def __init__(self, whole: int) -> None:
        super().__init__()
        self.whole, self.done = whole, 0

    def write(self, text: str) -> int:
        if text.strip().startswith("Applying"):
            self.done += 1
            print(f"{self.done} of {self.whole} migrations", flush=True)
        return len(text)


def count_missing_migrations() -> int:
    """Return how many migrations are not applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def main() -> None:
    """Bring the tables up to date, as their owner."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    refuse_older_layout()
    call_command("migrate", no_color=True, stdout=Counter(count_missing_migrations()))
    remember_layout()


if __name__ == "__main__":
    main()
