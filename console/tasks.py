"""The worker's way into jobs."""

from datetime import datetime

from console import files, jobs
from tenants.models import Tenant
from tenants.waking import woken


@woken("console.job")
def run(tenant: Tenant, job_id: int) -> datetime | None:
    return jobs.run(job_id)


@woken("console.tidy_files")
def tidy(tenant: Tenant, subject: int) -> datetime | None:
    return files.tidy_files()
