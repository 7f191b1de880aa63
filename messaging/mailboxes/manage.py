"""Save a mailbox and wake its reader."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from messaging.mailboxes.poll import HANDLE, POLL
from messaging.models import IncomingMail, Mailbox
from messaging.receiver.addresses import generate_token
from operators import audit
from tenants.wakeups import wake

# Mails that came before their sender was named are read up to so long afterwards, of so many.
OFFERED_AGAIN, MOST_AGAIN = timedelta(days=7), 20_000
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
    if before and before.senders != mailbox.senders:
        offer_unverified(mailbox)
    return mailbox


def offer_unverified(mailbox: Mailbox) -> int:
    """Have the mails of the last week read whose sender is on the list now; return how many."""
    since = timezone.now() - OFFERED_AGAIN
    kept = IncomingMail.objects.filter(
        mailbox=mailbox,
        state=IncomingMail.State.UNVERIFIED,
        is_forged=False,
        received_at__gte=since,
    )
    senders = set(kept.values_list("sender", flat=True)[:MOST_AGAIN])
    named = [sender for sender in senders if mailbox.trusts(sender)]
    count = kept.filter(sender__in=named).update(
        state=IncomingMail.State.NEW, handled_at=None
    )
    if count:
        wake(mailbox.tenant, HANDLE)
    return count
