"""What the wakeups run. Each takes an id and calls one verb; all are safe to run twice and to be killed anywhere."""

from datetime import datetime

from django.db import transaction

from messaging.deliveries import sender
from messaging.inbound import webhook
from messaging.models import LineAccount
from tenants.models import Tenant
from tenants.scope import acting
from tenants.wakeups import woken


def account_named(pk: int) -> LineAccount | None:
    with transaction.atomic():
        return LineAccount.objects.select_related("tenant").filter(pk=pk).first()


@woken("messaging.webhook")
def handle_webhook(tenant: Tenant, subject: int) -> datetime | None:
    account = account_named(subject)
    with acting(None, "line"):
        return webhook.handle_open(account) if account else None


@woken("messaging.dispatch")
def dispatch_due(tenant: Tenant, subject: int) -> datetime | None:
    account = account_named(subject)
    return sender.dispatch(account) if account else None
