"""What a wakeup runs. Reading takes 90 seconds at most, then come matching and tagging."""

from datetime import datetime

from cartsync import asking, polling
from tenants.models import Tenant
from tenants.scope import acting
from tenants.waking import woken


@woken("cartsync.poll")
def poll(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        return polling.poll(tenant, subject)


@woken("cartsync.ask")
def ask(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        return asking.ask(tenant, subject)


@woken("cartsync.match")
def match(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        asking.match_known(tenant)
    return None
