"""Stop what goes out from a sender, and resume it when a person says so."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Sender, SendingStop
from operators import audit
from operators.notify import notify
from tenants.wakeups import wake

# The kinds of notice.
STOPPED, USED_UP = "account.stopped", "account.quota"


def find_obstacle(sender: Sender) -> str:
    """Return why nothing may go out from the sender now, as the database says; "" when it may."""
    now = Sender.objects.with_accounts().get(pk=sender.pk)
    if now.paused_reason:
        return str(now.paused_reason)
    if not now.is_active:
        return "inactive"
    # The relay carries what operators are told, which goes on.
    stopped = not now.is_relay and SendingStop.objects.filter(lifted_at=None).exists()
    return "stopped" if stopped else ""


def pause_sender(sender: Sender, reason: str) -> None:
    """Stop all sends from this sender until a person resumes them.

    ``reason`` is "quota", "auth" or "from".
    """
    open_one = Sender.objects.filter(pk=sender.pk, paused_reason="")
    if open_one.update(paused_reason=reason, paused_at=Now()):
        subject = sender.account or sender
        audit.record_action("account.stopped", subject, reason=reason)
        notify(USED_UP if reason == "quota" else STOPPED, subject, reason=reason)


@transaction.atomic
def resume_sender(sender: Sender) -> None:
    """Resume the sender, on the word of a person, and wake it."""
    Sender.objects.filter(pk=sender.pk).update(paused_reason="", paused_at=None)
    audit.record_action(
        "account.resumed", sender.account or sender, was=sender.paused_reason
    )
    wake(sender.tenant, "messaging.dispatch", subject=sender.pk)
