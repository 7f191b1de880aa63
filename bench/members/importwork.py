"""The workers of bench/faults/imports.py: each a process that does a job's steps and, where it is told to, dies."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from bench.stage import ROOT

BATCH = 1_000
LATE = 12_000  # rows in, of twenty thousand
# Where a worker dies, and how often.
DEATHS = {"check": 2, "rows": 3, "tags": 1, "untag": 1, "undo": 2}


def within(tenant_id: int, read: Callable[[], Any]) -> Any:
    from django.db import transaction

    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id), transaction.atomic():
        return read()


def begun(tenant_id: int, source_id: int, part: str) -> int:
    """The job of the next part, begun."""
    from members.imports.load import jobs as kinds
    from members.models import MemberImport

    def begin() -> int:
        source = MemberImport.objects.select_related("job", "operator").get(
            pk=source_id
        )
        assert source.operator
        job = (kinds.start_import_load if part == "load" else kinds.start_import_undo)(
            source, source.operator
        )
        assert job
        return int(job.pk)

    return int(within(tenant_id, begin))


def deaths(tenant_id: int, job_id: int, place: str) -> bool:
    return [work(tenant_id, job_id, place) for _kill in range(DEATHS[place])] == [
        -signal.SIGKILL
    ] * DEATHS[place]


def killed(tenant_id: int, job_id: int, place: str) -> bool:
    """Whether it died as often as it was to, and then ended."""
    return deaths(tenant_id, job_id, place) and work(tenant_id, job_id) == 0


def work(tenant_id: int, job_id: int, place: str = "") -> int:
    """A process that does the job's steps; its exit code. ``place``: where it dies."""
    command = [
        sys.executable,
        "-m",
        "bench.members.importwork",
        str(tenant_id),
        str(job_id),
        place,
    ]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "ENGINES_HELD": "1"}, check=False
    ).returncode


def as_worker(tenant_id: int, job_id: int, place: str) -> None:
    import django

    django.setup()
    from jobs import runner
    from members.imports.check import check
    from members.imports.load import load
    from members.imports.undo import undo
    from members.tags import assign
    from tenants.scope import open_tenant_scope

    load.PART_SIZE, check.BATCH_SIZE, check.BATCHES_PER_STEP = (
        BATCH,
        BATCH,
        5,
    )
    doings: dict[str, tuple[Any, str, Callable[..., bool]]] = {
        "check": (check, "put", lambda source, settings, batch: batch.row >= LATE),
        "rows": (load, "load", lambda values, *rest: values["after"] >= LATE),
        "tags": (assign, "tag", lambda *given: True),
        "untag": (assign, "undo", lambda *given: True),
        "undo": (undo, "remove_made", lambda values: values["after"] >= LATE),
    }
    if place:
        deadly(*doings[place])
    with open_tenant_scope(tenant_id):
        while not runner.run_next_step(job_id):
            pass


def deadly(module: Any, name: str, when: Callable[..., bool]) -> None:
    done = getattr(module, name)

    def dies(*given: Any) -> Any:
        result = done(*given)
        if when(*given):
            os.kill(os.getpid(), signal.SIGKILL)  # it is written and not committed
        return result

    setattr(module, name, dies)


if __name__ == "__main__":
    as_worker(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
