"""Save a mailbox and wake its reader."""

from django.db import transaction

from messaging.mailboxes.poll import POLL
from messaging.models import Mailbox
from messaging.receiver.addresses import generate_token
from operators import audit
from tenants.wakeups import wake

# A change of one of these makes it another mailbox: its cursor means nothing there.
PLACE = ("kind", "host", "port", "username", "folder")


@transaction.atomic
def save_mailbox(mailbox: Mailbox) -> Mailbox:
    """Save the settings, record the change without its secret, and read at once if it is active."""
    before = Mailbox.objects.filter(pk=mailbox.pk).first() if mailbox.pk else None
    if before and any(
        getattr(before, name) != getattr(mailbox, name) for name in PLACE
    ):
        mailbox.uid_validity, mailbox.last_uid, mailbox.seen_names = None, 0, None
    if mailbox.kind == Mailbox.Kind.OWN and not mailbox.token:
        mailbox.token = generate_token()
    mailbox.stopped_reason, mailbox.trouble, mailbox.failures = "", "", 0
    mailbox.save()
    action = "mailbox.changed" if before else "mailbox.made"
    audit.record_action(
        action, mailbox, kind=mailbox.kind, host=mailbox.host, active=mailbox.is_active
    )
    if mailbox.is_active and mailbox.kind != Mailbox.Kind.OWN:
        wake(mailbox.tenant, POLL, subject=mailbox.pk)
    return mailbox
