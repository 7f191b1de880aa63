"""Read a mailbox: what is new is stored together with the cursor, then offered to whoever can use it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from messaging.mailboxes.imap import open_imap, read_imap, select_folder
from messaging.mailboxes.mime import decode_mail
from messaging.mailboxes.pop3 import list_names, open_pop3, read_pop3
from messaging.mailboxes.reading import Batch
from messaging.models import IncomingMail, Mailbox
from operators import audit
from operators.notify import notify
from outbound.errors import FixSettings, OutboundError, TryLater
from outbound.faultpoints import fault_point
from outbound.mail_hosts import set_deadline
from tenants.models import Tenant
from tenants.wakeups import wake

INTERVAL = timedelta(seconds=90)
LONGEST_PAUSE = timedelta(minutes=15)
# Seconds for one reading, all of it; what is left is read next time.
LONGEST_READING, LONGEST_TEST = 60.0, 10.0
# So many refusals in a row, and a person must look at the settings.
MOST_REFUSALS = 5
POLL, HANDLE = "messaging.mail", "messaging.mail_handle"
# The kind of notice.
STOPPED = "mailbox.stopped"
READERS: dict[str, Callable[[Mailbox, float], Iterator[Batch]]] = {
    Mailbox.Kind.IMAP: read_imap,
    Mailbox.Kind.POP3: read_pop3,
}


def poll_mailbox(tenant: Tenant, mailbox_id: int) -> datetime | None:
    """Read the mailbox once. Return when to read it next; None when it is off, stopped or gone."""
    with transaction.atomic():
        mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if not mailbox or not mailbox.is_active or mailbox.stopped_reason:
        return None
    if mailbox.kind not in READERS:
        return None
    try:
        for batch in READERS[mailbox.kind](mailbox, set_deadline(LONGEST_READING)):
            store_batch(mailbox, batch)
            fault_point("mails stored")
    except OutboundError as error:
        return record_failed_reading(mailbox, error)
    record_good_reading(mailbox)
    return timezone.now() + INTERVAL


@transaction.atomic
def store_batch(mailbox: Mailbox, batch: Batch) -> None:
    """Store the mails that are not there yet, and the cursor with them."""
    rows = [
        build_row(mailbox, mail.raw, mail.received_at, mail.is_old)
        for mail in batch.mails
    ]
    IncomingMail.objects.bulk_create(rows, ignore_conflicts=True)
    fault_point("mails storing")
    if batch.cursor:
        Mailbox.objects.filter(pk=mailbox.pk).update(**batch.cursor)
    wake(mailbox.tenant, HANDLE)


def build_row(
    mailbox: Mailbox, raw: bytes, received_at: datetime | None, is_old: bool = False
) -> IncomingMail:
    mail = decode_mail(raw)
    return IncomingMail(
        mailbox=mailbox,
        digest=mail.digest,
        message_id=mail.message_id,
        received_at=received_at or mail.received_at or timezone.now(),
        sender=mail.sender,
        sender_name=mail.sender_name,
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        is_forged=mail.is_forged,
        report=mail.report,
        state=IncomingMail.State.SAMPLE if is_old else IncomingMail.State.NEW,
    )


@transaction.atomic
def record_good_reading(mailbox: Mailbox) -> None:
    now = timezone.now()
    Mailbox.objects.filter(pk=mailbox.pk).update(
        checked_at=now, worked_at=now, trouble="", failures=0
    )


@transaction.atomic
def record_failed_reading(mailbox: Mailbox, error: OutboundError) -> datetime | None:
    """Store why the reading failed. Return when to try again, or None when a person must mend the settings."""
    failures = mailbox.failures + 1
    changes = {
        "checked_at": timezone.now(),
        "trouble": error.code,
        "failures": failures,
    }
    stopping = isinstance(error, FixSettings) and failures >= MOST_REFUSALS
    if stopping:
        changes["stopped_reason"] = error.code
        audit.record_action("mailbox.stopped", mailbox, reason=error.code)
        notify(STOPPED, mailbox, reason=error.code)
    Mailbox.objects.filter(pk=mailbox.pk).update(**changes)
    if stopping:
        return None
    pause = min(INTERVAL * 2 ** min(failures - 1, 5), LONGEST_PAUSE)
    asked = error.pause if isinstance(error, TryLater) else None
    return timezone.now() + max(pause, asked or pause)


def check_mailbox(mailbox: Mailbox) -> int:
    """Log in and look, storing nothing. Return how many mails lie there. Raise TryLater or FixSettings."""
    if mailbox.kind == Mailbox.Kind.OWN:
        # Nothing to log in to: the mails come to us.
        return IncomingMail.objects.filter(mailbox=mailbox.pk).count()
    end = set_deadline(LONGEST_TEST)
    try:
        if mailbox.kind == Mailbox.Kind.IMAP:
            client = open_imap(mailbox, end)
            count = int(select_folder(client, mailbox.folder)[b"EXISTS"])
            client.logout()
            return count
        pop3 = open_pop3(mailbox, end)
        count = len(list_names(pop3))
        pop3.quit()
    except TimeoutError as error:
        raise TryLater("slow") from error
    except OutboundError:
        raise
    except Exception as error:  # whatever a stranger's server answers
        raise TryLater("unreachable") from error
    return count
