"""Save a LINE account, and switch it."""

from django.db import transaction

from messaging.models import LineAccount, Sender
from operators import audit
from tenants.wakeups import wake


@transaction.atomic
def save_account(account: LineAccount) -> LineAccount:
    """Save the account, record the change without its secrets, and wake the sender of an active one."""
    action = "account.changed" if account.pk else "account.made"
    if not account.pk:
        account.sender = Sender.objects.create(kind=Sender.Kind.LINE)
    account.save()
    audit.record_action(
        action, account, channel=account.channel_id, active=account.is_active
    )
    if account.is_active and not account.sender.paused_reason:
        wake(account.tenant, "messaging.dispatch", subject=account.sender_id)
    return account


@transaction.atomic
def switch_account(account: LineAccount, on: bool) -> None:
    """Switch the account on or off. Off means that nothing is sent or answered; its settings stay."""
    account.is_active = on
    account.save(update_fields=["is_active"])
    audit.record_action(
        "account.changed", account, channel=account.channel_id, active=on
    )
    if on and not account.sender.paused_reason:
        wake(account.tenant, "messaging.dispatch", subject=account.sender_id)
