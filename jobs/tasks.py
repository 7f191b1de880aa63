"""Wakeups of jobs: run the next steps, delete expired files."""

from datetime import datetime

from jobs import runner
from jobs.files import store
from tenants.models import Tenant
from tenants.wakeups import woken


@woken("jobs.run")
def continue_job(tenant: Tenant, job_id: int) -> datetime | None:
    return runner.run_job(job_id)


@woken("jobs.tidy_files")
def run_file_cleanup(tenant: Tenant, subject: int) -> datetime | None:
    return store.delete_expired_files()
