"""What the wakeups run. Each takes an id and calls one verb; all are safe to run twice and to be killed anywhere."""

from datetime import datetime

from django.db import transaction

from messaging.broadcasts import manage as broadcasts
from messaging.deliveries import sender
from messaging.domains import manage as domains
from messaging.inbound import events
from messaging.mailboxes import handle, poll
from messaging.models import LineAccount, Sender
from messaging.triggers import fire_dates
from tenants.models import Tenant
from tenants.scope import act_as
from tenants.wakeups import woken


def find_account(pk: int) -> LineAccount | None:
    with transaction.atomic():
        return LineAccount.objects.select_related("tenant").filter(pk=pk).first()


@woken("messaging.webhook")
def handle_webhook(tenant: Tenant, subject: int) -> datetime | None:
    account = find_account(subject)
    with act_as(None, "line"):
        return events.handle_open_events(account) if account else None


@woken("messaging.dispatch")
def dispatch_due_deliveries(tenant: Tenant, subject: int) -> datetime | None:
    with transaction.atomic():
        found = Sender.objects.with_accounts().filter(pk=subject).first()
    return sender.dispatch_deliveries(found) if found else None


@woken(poll.POLL)
def run_mailbox_poll(tenant: Tenant, subject: int) -> datetime | None:
    return poll.poll_mailbox(tenant, subject)


@woken(poll.HANDLE)
def run_mail_handlers(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "mail"):
        return handle.handle_waiting_mails(tenant)


@woken(fire_dates.WAKEUP)
def fire_due_dates(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "schedule"):
        return fire_dates.fire_dates(tenant)


@woken(broadcasts.WAKEUP)
def fix_broadcast_audience(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "broadcast"):
        return broadcasts.fix_audience(subject)


@woken(domains.WAKEUP)
def check_sending_domain(tenant: Tenant, subject: int) -> datetime | None:
    return domains.check_domain(tenant, subject)
