"""What a wakeup runs."""

from datetime import datetime

from django.db import transaction

from administration.plans import watch
from administration.platform import count, support
from administration.shops import erase, trials
from tenants.models import Tenant
from tenants.wakeups import woken


@woken(watch.WAKEUP)
def run_plan_watch(tenant: Tenant, subject: int) -> datetime | None:
    return watch.watch_members(tenant)


@woken(trials.WAKEUP)
def run_trial(tenant: Tenant, subject: int) -> datetime | None:
    return trials.follow_trial(tenant)


@woken(count.WAKEUP)
def run_daily_count(tenant: Tenant, subject: int) -> datetime | None:
    return count.count_shop_day(tenant)


@woken(support.WAKEUP)
def run_support_end(tenant: Tenant, subject: int) -> datetime | None:
    with transaction.atomic():
        return support.end_support()


@woken(erase.WAKEUP)
def run_erase(tenant: Tenant, subject: int) -> datetime | None:
    return erase.erase_when_due(tenant)
