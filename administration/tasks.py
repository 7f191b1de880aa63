"""What a wakeup runs."""

from datetime import datetime

from administration.plans import watch
from tenants.models import Tenant
from tenants.wakeups import woken


@woken(watch.WAKEUP)
def run_plan_watch(tenant: Tenant, subject: int) -> datetime | None:
    return watch.watch_members(tenant)
