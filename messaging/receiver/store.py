"""Store a mail that was sent to one of our own addresses, as a polled one is stored."""

from django.db import transaction
from django.utils import timezone

from messaging.mailboxes.poll import record_good_reading, store_batch
from messaging.mailboxes.reading import Batch, RawMail
from messaging.models import Mailbox
from messaging.receiver.addresses import find_own_mailbox
from outbound.faultpoints import fault_point
from tenants.scope import open_tenant_scope


def store_received_mail(address: str, raw: bytes) -> bool:
    """Store the mail in the mailbox of this address, received now; return False when nobody has the address.

    Once it returns the mail is safe. A server that did not hear so sends it again, and it still counts once.
    """
    found = find_own_mailbox(address)
    if not found:
        return False
    tenant, mailbox_id = found
    with open_tenant_scope(tenant), transaction.atomic():
        mailbox = Mailbox.objects.select_related("tenant").get(pk=mailbox_id)
        store_batch(mailbox, Batch([RawMail(raw, timezone.now())], {}))
        record_good_reading(mailbox)
    fault_point("mail received")
    return True
