"""A part of `make faults`: a worker dies by SIGKILL at 60 % of an import, inside a batch, three times.

What is there afterwards must be the file: each row once, with one answer and its tag; taking it back leaves none.
"""

import os
import signal
import subprocess
import sys
import time

from bench.stage import ROOT, shop

ROWS, BATCH, KILLS = 20_000, 1_000, 3


def main() -> int:
    os.environ.setdefault("ENGINES_HELD", "1")
    from members.models import IdentityRecord, Member, MemberTag
    from tenants.scope import tenant_scope

    tenant = shop(f"importfaults-{int(time.time())}")
    source, job = upload(tenant.pk)
    died = [work(tenant.pk, job, die=True) for _kill in range(KILLS)]
    ended = work(tenant.pk, job, die=False)
    from django.db import transaction

    with tenant_scope(tenant), transaction.atomic():
        checks = {
            f"an import is killed {KILLS} times at 60 %": died == [-signal.SIGKILL] * KILLS,
            "it goes on and ends": ended == 0,
            f"{ROWS:,} rows are {ROWS:,} members": Member.objects.count() == ROWS
            and Member.objects.values("email_key").distinct().count() == ROWS,
            "each has one answer": IdentityRecord.objects.count() == ROWS
            and IdentityRecord.objects.values("member").distinct().count() == ROWS,
            "each has its tag": MemberTag.objects.count() == ROWS,
        }
    undo = taken_back(tenant.pk, source)
    with tenant_scope(tenant), transaction.atomic():
        checks["taken back, none is left"] = undo == 0 and not Member.objects.filter(deleted_at=None).exists()
    for what, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {what}")
    return 0 if all(checks.values()) else 1


def upload(tenant_id: int) -> tuple[int, int]:
    """A file checked and its load begun: (import, job)."""
    from django.core.files.base import ContentFile
    from django.db import transaction

    from console import jobs
    from members.importing import keeping, kinds
    from tenants.models import Operator
    from tenants.scope import tenant_scope

    operator = Operator.objects.first() or Operator.objects.create_operator("faults", "correct horse battery")
    lines = ["氏名,メールアドレス,タグ", *(f"会員{n},user{n}@example.jp,取り込み" for n in range(ROWS))]
    with tenant_scope(tenant_id):
        with transaction.atomic():
            source = keeping.take_in(ContentFile("\r\n".join(lines).encode(), name="faults.csv"), operator)
            checked = kinds.check(source, operator)
        while not jobs.advance(checked.pk):
            pass
        with transaction.atomic():
            source.refresh_from_db()
            return source.pk, kinds.load(source, operator).pk


def taken_back(tenant_id: int, source_id: int) -> int:
    from django.db import transaction

    from members.importing import kinds
    from members.models import MemberImport
    from tenants.scope import tenant_scope

    with tenant_scope(tenant_id), transaction.atomic():
        source = MemberImport.objects.select_related("job", "operator").get(pk=source_id)
        job = kinds.undo(source, source.operator)
    return work(tenant_id, job.pk, die=False)


def work(tenant_id: int, job_id: int, die: bool) -> int:
    """A process that does the job's steps; its exit code."""
    command = [sys.executable, "-m", "bench.importfaults", str(tenant_id), str(job_id), "die" if die else ""]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "ENGINES_HELD": "1"}, check=False).returncode


def as_worker(tenant_id: int, job_id: int, die: bool) -> None:
    import django

    django.setup()
    from console import jobs
    from members.importing import loading
    from tenants.scope import tenant_scope

    loading.BATCH, loading.MANY = BATCH, 2 * BATCH
    load = loading.load

    def deadly(values: dict[str, object], settings: loading.Settings, more: bool = False) -> None:
        load(values, settings, more)
        if int(str(values["after"])) >= ROWS * 0.6:
            os.kill(os.getpid(), signal.SIGKILL)  # the batch is written and not committed

    if die:
        loading.load = deadly
    with tenant_scope(tenant_id):
        while not jobs.advance(job_id):
            pass


if __name__ == "__main__":
    if len(sys.argv) > 1:
        as_worker(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "die")
    else:
        from bench.stage import prepare

        prepare("importfaults")
        sys.exit(main())
