"""What a wakeup runs."""

from datetime import datetime

from administration.plans import watch
from administration.shops import trials
from tenants.models import Tenant
from tenants.wakeups import woken


@woken(watch.WAKEUP)
def run_plan_watch(tenant: Tenant, subject: int) -> datetime | None:
    return watch.watch_members(tenant)


@woken(trials.WAKEUP)
def run_trial(tenant: Tenant, subject: int) -> datetime | None:
    return trials.follow_trial(tenant)
