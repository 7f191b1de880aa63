"""Wakeups of jobs: run the next steps, delete expired files."""

from datetime import datetime

from jobs import runner
from jobs.files import store
from tenants.models import Tenant
from tenants.wakeups import woken


@woken("jobs.run")
def run(tenant: Tenant, job_id: int) -> datetime | None:
    return runner.run(job_id)


@woken("jobs.tidy_files")
def tidy(tenant: Tenant, subject: int) -> datetime | None:
    return store.tidy_files()
