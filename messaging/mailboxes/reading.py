"""What a reading of a mailbox brings, in batches that are each stored with the cursor that follows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from messaging.models import Mailbox
from outbound.errors import FixSettings
from outbound.mail_hosts import READING_PORTS, TimedSocket, connect_mail_host

# A mail that is larger is stored by its head alone.
LARGEST_MAIL = 25 * 1024 * 1024
BATCH_MAILS, BATCH_BYTES = 50, 8 * 1024 * 1024
# Of what lay there before we came, so many are taken in: to make masks from. They start nothing.
SAMPLES = 20


@dataclass(frozen=True)
class RawMail:
    """A mail's bytes; ``received_at`` where the server knows it better than the mail."""

    raw: bytes
    received_at: datetime | None = None
    is_old: bool = False


@dataclass(frozen=True)
class Batch:
    """Some mails, and the columns of the mailbox that are true once they are stored."""

    mails: Sequence[RawMail]
    cursor: dict[str, Any]


def connect_mailbox(mailbox: Mailbox, end: float) -> TimedSocket:
    tls = mailbox.security == Mailbox.Security.TLS
    return connect_mail_host(mailbox.host, mailbox.port, READING_PORTS, tls, end)


def split_batches(names: Sequence[Any], sizes: dict[Any, int]) -> Iterator[list[Any]]:
    """Yield the mails in order, a few at a time, so that a large one does not hold up the small ones' storing."""
    batch: list[Any] = []
    total = 0
    for name in names:
        size = min(sizes.get(name, 0), LARGEST_MAIL)
        if batch and (len(batch) == BATCH_MAILS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(name)
        total += size
    if batch:
        yield batch


def refuse_plain(mailbox: Mailbox) -> None:
    """Raise FixSettings for a mailbox whose password would go over the line unencrypted, but for tests."""
    if mailbox.security == Mailbox.Security.NONE and not settings.MAIL_PRIVATE_HOSTS:
        raise FixSettings("insecure")
