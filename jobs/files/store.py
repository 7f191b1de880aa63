"""Files that jobs made: stored for a while, read by operators with the right of the job's kind, then deleted."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from jobs.models import Job, JobFile
from operators import audit
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

RETENTION = timedelta(hours=72)


@transaction.atomic
def record_job_file(job: Job, name: str, path: str, size: int) -> JobFile:
    """Record a file of the job and schedule its deletion.

    ``path``: in the default storage. Safe to call twice for one job and path.
    """
    expires_at = timezone.now() + RETENTION
    file, made = JobFile.objects.get_or_create(
        job=job,
        path=path,
        defaults={"name": name, "size": size, "expires_at": expires_at},
    )
    if made:
        wake(get_current_tenant_id(), "jobs.tidy_files", at=expires_at)
    return file


@transaction.atomic
def record_download(file: JobFile) -> None:
    """Record a download; call this before the first byte leaves."""
    JobFile.objects.filter(pk=file.pk).update(downloads=F("downloads") + 1)
    audit.record_action("file.downloaded", file, job=file.job_id, kind=file.job.kind)


@transaction.atomic
def delete_expired_files() -> datetime | None:
    """Delete what has expired, and return when the next file is due, None when there is none.

    A worker that is killed in between deletes again what is gone, which does no harm.
    """
    there = JobFile.objects.exclude(path="")
    for file in there.filter(expires_at__lte=timezone.now()):
        default_storage.delete(file.path)
        file.path = ""
        file.save(update_fields=["path"])
        audit.record_action("file.expired", file, job=file.job_id)
    return there.aggregate(next=Min("expires_at"))["next"]


@transaction.atomic
def delete_files_of(kinds: Collection[str]) -> int:
    """Delete every file that jobs of these kinds made, before its time; return how many.

    From the storage first: what is killed in between deletes again what is gone.
    """
    files = list(JobFile.objects.filter(job__kind__in=kinds).exclude(path=""))
    for file in files:
        default_storage.delete(file.path)
        file.path = ""
        file.save(update_fields=["path"])
        audit.record_action("file.deleted", file, job=file.job_id)
    return len(files)


def find_newest_files(found: Iterable[Job]) -> dict[int, JobFile]:
    """Return the newest file of each job, by the job's primary key."""
    return {
        file.job_id: file
        for file in JobFile.objects.filter(job__in=list(found)).order_by("pk")
    }
