"""Save a LINE account."""

from django.db import transaction

from messaging.models import LineAccount
from operators import audit
from tenants.wakeups import wake


@transaction.atomic
def save_account(account: LineAccount) -> LineAccount:
    """Save the account, record the change without its secrets, and wake the sender of an active one."""
    action = "account.changed" if account.pk else "account.made"
    account.save()
    audit.record_action(
        action, account, channel=account.channel_id, active=account.is_active
    )
    if account.is_active and not account.stopped_reason:
        wake(account.tenant, "messaging.dispatch", subject=account.pk)
    return account
