"""What the wakeups run. Each calls one verb; all are safe to run twice and to be killed anywhere."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from messaging.accounts.quota import refresh_quotas
from notifications import route, send
from operators.notify import ROUTE
from tenants.models import Tenant
from tenants.wakeups import woken


@woken(ROUTE)
def route_new_notices(tenant: Tenant, subject: int) -> datetime | None:
    return timezone.now() if route.route_notices(tenant) else None


@woken("notifications.send")
def send_due_notices(tenant: Tenant, subject: int) -> datetime | None:
    with transaction.atomic():
        accounts = {p.account_id: p.account for p in send.list_due_phones()}
    refresh_quotas(accounts.values())
    return send.send_notices(tenant)
