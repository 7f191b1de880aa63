"""Stop an account's sends, and resume them when a person says so."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import LineAccount
from operators import audit
from operators.notify import notify
from tenants.wakeups import wake

# The kind of notice.
STOPPED = "account.stopped"


def stop_account(account: LineAccount, reason: str) -> None:
    """Stop all sends from this account until a person resumes them.

    ``reason`` is "quota" or "auth".
    """
    stopped = LineAccount.objects.filter(pk=account.pk, stopped_reason="")
    if stopped.update(stopped_reason=reason, stopped_at=Now()):
        audit.record_action("account.stopped", account, reason=reason)
        notify(STOPPED, account, reason=reason)


@transaction.atomic
def resume_account(account: LineAccount) -> None:
    """Resume the account's sends, on the word of a person, and wake the sender."""
    LineAccount.objects.filter(pk=account.pk).update(stopped_reason="", stopped_at=None)
    audit.record_action("account.resumed", account, was=account.stopped_reason)
    wake(account.tenant, "messaging.dispatch", subject=account.pk)
