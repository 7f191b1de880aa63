"""Wakeups of jobs: run the next steps, delete expired files."""

from datetime import datetime, timedelta

from django.utils import timezone

from jobs import runner
from jobs.files import store
from tenants.models import Tenant
from tenants.wakeups import woken

# How long a job of a closed shop waits until it looks whether the shop is open again.
CLOSED_PAUSE = timedelta(minutes=10)


@woken("jobs.run")
def continue_job(tenant: Tenant, job_id: int) -> datetime | None:
    if tenant.closed_at and runner.has_changes_left(job_id):
        return timezone.now() + CLOSED_PAUSE
    return runner.run_job(job_id)


@woken("jobs.tidy_files")
def run_file_cleanup(tenant: Tenant, subject: int) -> datetime | None:
    return store.delete_expired_files()
