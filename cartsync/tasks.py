"""What a wakeup runs. Reading takes 90 seconds at most, then come matching and tagging."""

from datetime import datetime

from cartsync import asking, polling
from tenants.models import Tenant
from tenants.waking import woken


@woken("cartsync.poll", lease=170)
def poll(tenant: Tenant, subject: int) -> datetime | None:
    return polling.poll(tenant, subject)


@woken("cartsync.ask", lease=30)
def ask(tenant: Tenant, subject: int) -> datetime | None:
    return asking.ask(tenant, subject)


@woken("cartsync.match", lease=170)
def match(tenant: Tenant, subject: int) -> datetime | None:
    asking.match_known(tenant)
    return None
