"""What a wakeup runs. Reading takes 90 seconds at most, then come matching and tagging."""

from datetime import datetime

from cartsync.matching import ask_cart
from cartsync.sync import poll as polling
from tenants.models import Tenant
from tenants.scope import acting
from tenants.wakeups import woken


@woken("cartsync.poll")
def poll(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        return polling.poll(tenant, subject)


@woken("cartsync.ask")
def ask(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        return ask_cart.ask(tenant, subject)


@woken("cartsync.match")
def match(tenant: Tenant, subject: int) -> datetime | None:
    with acting(None, "cart"):
        ask_cart.match_known(tenant)
    return None
