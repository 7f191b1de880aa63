"""A stage of its own under var/bench: engines, a migrated database, shops filled by plain SQL."""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent


def prepare(name: str = "bench") -> None:
    """Call before anything of Django is imported. The stage keeps its data between runs."""
    for variable in ("DATABASE_URL", "REDIS_URL", "ENGINES_HELD", "DATABASE_ROLE"):
        os.environ.pop(variable, None)
    var = Path(os.environ.get("TSUNAGI_VAR", ROOT / "var")) / name
    os.environ |= {
        "TSUNAGI_VAR": str(var),
        "TSUNAGI_ENV": "development",
        "LOG_LEVEL": "ERROR",
    }
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings

    forget_other_schema(settings.VAR)
    settings.ENGINES.hold()
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(
        migrate, cwd=ROOT, check=True, env={**os.environ, "DATABASE_ROLE": "owner"}
    )
    django.setup()


def forget_other_schema(var: Path) -> None:
    """A stage made under other migrations starts from nothing."""
    texts = b"".join(
        path.read_bytes() for path in sorted(ROOT.glob("*/migrations/*.py"))
    )
    digest, mark = hashlib.sha256(texts).hexdigest(), var / "schema"
    if not mark.exists() or mark.read_text() != digest:
        shutil.rmtree(var, ignore_errors=True)
        var.mkdir(parents=True)
        mark.write_text(digest)


def owner() -> psycopg.Connection:
    """A connection past the policies: for filling the stage and for the floor."""
    from django.conf import settings

    from config.engines.embedded import OWNER

    return psycopg.connect(settings.ENGINES.database_url(OWNER), autocommit=True)


def shop(slug: str):  # type: ignore[no-untyped-def]
    """The shop of this address: nothing in it but what the stage fills in, and its log sealed as everywhere."""
    from operators.apps import begin_sealing
    from tenants.models import Tenant

    tenant, is_new = Tenant.objects.get_or_create(slug=slug, defaults={"name": slug})
    if is_new:
        begin_sealing(tenant)
    return tenant


def fill(model: type, count: int, **expressions: str) -> None:
    """INSERT … SELECT of ``count`` rows; ``expressions`` are SQL over ``n`` (1 … count). What is not given is blank."""
    blank = {
        "CharField": "''",
        "TextField": "''",
        "URLField": "''",
        "BooleanField": "false",
        "JSONField": "'{}'",
    }
    columns = {}
    for field in model._meta.concrete_fields:  # type: ignore[attr-defined]
        if field.attname in expressions:
            columns[field.column] = expressions[field.attname]
        elif not field.null and not field.primary_key:
            kind = field.get_internal_type()
            columns[field.column] = blank.get(
                kind, "now()" if kind == "DateTimeField" else "0"
            )
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "  # type: ignore[attr-defined]
    with owner() as db, without_indexes(db, model._meta.db_table):  # type: ignore[attr-defined]
        db.execute(sql + f"FROM generate_series(1, {count}) n")
    with owner() as db:
        db.execute(f"VACUUM ANALYZE {model._meta.db_table}")  # type: ignore[attr-defined]


@contextmanager
def without_indexes(db: psycopg.Connection, table: str) -> Iterator[None]:
    """A million rows come in several times faster before their indexes than after."""
    found = db.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    ).fetchall()
    for name, _ in found:
        db.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        db.execute(definition)


def median_seconds(act: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def highest_memory() -> float:
    """MB that this process had at most. getrusage would tell of the process as well that started it."""
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


def report_checks(checks: Mapping[str, bool]) -> int:
    """Print each check with whether it held, and return the exit status."""
    for what, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {what}")
    passed = sum(checks.values())
    print(f"{passed} passed, {len(checks) - passed} failed", flush=True)
    return 0 if passed == len(checks) else 1


class Table:
    """Rows of (what, this project, plain library, floor); printed as they are measured."""

    WIDTHS = (46, 14, 14, 14, 10, 10)

    def __init__(self) -> None:
        self.line(
            "what (median)",
            "this project",
            "plain library",
            "floor",
            "÷ plain",
            "÷ floor",
        )
        self.line(*("-" * (width - 2) for width in self.WIDTHS))

    def line(self, *cells: str) -> None:
        padded = [
            cell.ljust(self.WIDTHS[0]) if not i else cell.rjust(self.WIDTHS[i])
            for i, cell in enumerate(cells)
        ]
        print("".join(padded), flush=True)

    def seconds(self, what: str, ours: float, plain: float, floor: float) -> None:
        self.line(
            what,
            *(f"{s * 1000:,.0f} ms" for s in (ours, plain, floor)),
            f"{ours / plain:.2f}",
            f"{ours / floor:.2f}",
        )

    def rates(self, what: str, ours: float, plain: float, floor: float) -> None:
        self.line(
            what,
            *(f"{r:,.0f} /s" for r in (ours, plain, floor)),
            f"{ours / plain:.2f}",
            f"{ours / floor:.2f}",
        )
