"""A full disk while members are written into files, for real: no file that is half done, words that help, and the next
try works. As root on a storage of two megabytes (tmpfs), else with a limit on the size of every file."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.stage import fill, prepare, report_checks, shop

MEMBERS, ROOM = 60_000, 2 * 1024 * 1024
WORDS = "保存する場所がいっぱい"


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """The folder has room for two megabytes until what it yields is called."""
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)],
            capture_output=True,
        ).returncode
    )
    print(f"  {'a storage' if mounted else 'every file'} of {ROOM:,} bytes", flush=True)
    if not mounted:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))

    def enlarge() -> None:
        if mounted:
            subprocess.run(
                ["mount", "-o", "remount,size=200m", str(folder)], check=True
            )
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    try:
        yield enlarge
    finally:
        enlarge()
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def export(form: str, operator: Any) -> Any:
    from django.db import transaction
    from django.utils import timezone

    from jobs import runner
    from jobs.models import Job
    from members.exports.job import KIND
    from members.listing.selection import count_selected_members

    with transaction.atomic():
        selection = {"condition": {}, "until": timezone.now().isoformat()}
        params = {
            "selection": selection,
            "columns": ["public_id", "name", "tags"],
            "format": form,
            "reason": "faults",
        }
        job = Job.objects.create(
            kind=KIND,
            operator=operator,
            params=params,
            total=count_selected_members(selection),
            secret="Himitsu-2026!",
        )
    runner.run_job(job.pk)
    with transaction.atomic():
        job.refresh_from_db()
    return job


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def look(folder: Path) -> dict[str, bool]:
    """Each check in words, and whether it held."""
    from django.db import transaction

    from jobs.models import JobFile
    from members.models import Member
    from operators.models import AuditEntry
    from tenants.scope import open_tenant_scope

    tenant = shop("exportfaults")
    checks: dict[str, bool] = {}
    with open_tenant_scope(tenant), transaction.atomic():
        there = Member.objects.count()
    if not there:
        fill(
            Member,
            MEMBERS,
            tenant_id=str(tenant.pk),
            public_id="lpad(n::text, 12, 'b')",
            name="md5(n::text) || md5((n * 7)::text) || md5((n * 11)::text)",
            line_state="'friend'",
            link_state="'known'",
        )
    with open_tenant_scope(tenant), small_disk(folder) as enlarge:
        for form in ("csv", "xlsx"):
            job = export(form, None)
            with transaction.atomic():
                ended = (
                    AuditEntry.objects.filter(action="job.ended")
                    .order_by("-pk")
                    .first()
                )
                files = JobFile.objects.filter(job=job).count()
            checks |= {
                f"{form}: a full disk fails the export and says so": job.state
                == "failed"
                and WORDS in job.note,
                f"{form}: nothing half done is left": (files, left(folder)) == (0, []),
                f"{form}: the audit log says failed": bool(
                    ended and ended.data["state"] == "failed"
                ),
            }
        enlarge()
        for form in ("csv", "xlsx"):
            job = export(form, None)
            checks[f"{form}: with room the next try works"] = (job.state, job.done) == (
                "done",
                MEMBERS,
            )
    return checks


def run() -> int:
    """On a stage that is prepared. 0 when all held."""
    from django.conf import settings
    from django.test.utils import override_settings

    with tempfile.TemporaryDirectory(prefix="tsunagi-") as name:
        backend = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": name},
        }
        with override_settings(STORAGES={**settings.STORAGES, "default": backend}):
            checks = look(Path(name))
    return report_checks(checks)


if __name__ == "__main__":
    prepare("faults")
    sys.exit(run())
