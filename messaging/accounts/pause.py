"""Stopping an account's sends, and a person's word to go on."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import LineAccount
from operators import audit
from tenants.wakeups import wake


def stop(account: LineAccount, reason: str) -> None:
    """No more sends from this account until a person says so. ``reason``: "quota" or "auth"."""
    stopped = LineAccount.objects.filter(pk=account.pk, stopped_reason="")
    if stopped.update(stopped_reason=reason, stopped_at=Now()):
        audit.record("account.stopped", account, reason=reason)


@transaction.atomic
def resume(account: LineAccount) -> None:
    """A person says so."""
    LineAccount.objects.filter(pk=account.pk).update(stopped_reason="", stopped_at=None)
    audit.record("account.resumed", account, was=account.stopped_reason)
    wake(account.tenant, "messaging.dispatch", subject=account.pk)
