"""The worker's way into jobs."""

from datetime import datetime

from console import jobs
from tenants.models import Tenant
from tenants.waking import woken


@woken("console.job")
def run(tenant: Tenant, job_id: int) -> datetime | None:
    return jobs.run(job_id)
