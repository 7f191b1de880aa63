from datetime import datetime

from members import tidying
from tenants.models import Tenant
from tenants.waking import woken


@woken("members.tidy")
def tidy(tenant: Tenant, subject: int) -> datetime | None:
    return tidying.tidy()
