"""Read a mailbox by IMAP. Nothing on the server is changed: the folder is opened read-only, mails are peeked at."""

import imaplib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from messaging.mailboxes.reading import (
    LARGEST_MAIL,
    SAMPLES,
    Batch,
    RawMail,
    connect_mailbox,
    refuse_plain,
    split_batches,
)
from messaging.models import Mailbox
from outbound.errors import FixSettings, TryLater
from outbound.mail_hosts import TimedSocket

# After the server numbered its mails anew, this much before the last good reading is looked at again.
OVERLAP = timedelta(days=2)
# Sizes are asked for so many mails at a time.
ASKED = 500
# Among so many of the last numbers the newest mails are looked for; some are of mails that were deleted.
LOOKED_AT = 2000


class TimedImap(imaplib.IMAP4):
    """imaplib over a socket of ours, which has one deadline."""

    def __init__(self, sock: TimedSocket, host: str) -> None:
        self._made = sock
        super().__init__(host)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock: Any = self._made
        self.file: Any = self.sock.makefile("rb")


class TimedImapClient(IMAPClient):
    def __init__(self, sock: TimedSocket, host: str) -> None:
        self._made = sock
        super().__init__(host, port=143, ssl=False)
        # It would log every byte, the password among them, for whoever turns debugging on.
        self._imap.debug = 0

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  (the library's name)
        return TimedImap(self._made, self.host)

    def start_tls(self) -> None:
        """Encrypt the connection, or raise FixSettings: never go on in plain text.

        The library's own would wrap the socket of this module, which is none of its.
        """
        if not self.has_capability("STARTTLS"):
            raise FixSettings("no_starttls")
        if self._imap._simple_command("STARTTLS")[0] != "OK":
            raise FixSettings("no_starttls")
        self._imap.sock = self._made.start_tls(self.host)
        self._imap.file = self._imap.sock.makefile("rb")
        # What was said in plain text is not believed any more.
        self._starttls_done, self._cached_capabilities = True, None


def open_imap(mailbox: Mailbox, end: float) -> IMAPClient:
    """Return a client that is logged in, its folder selected. Raise TryLater or FixSettings."""
    refuse_plain(mailbox)
    client = TimedImapClient(connect_mailbox(mailbox, end), mailbox.host)
    if mailbox.security == Mailbox.Security.STARTTLS:
        client.start_tls()
    try:
        client.login(mailbox.username, mailbox.password)
    except LoginError as error:
        raise FixSettings("login") from error
    return client


def select_folder(client: IMAPClient, folder: str) -> dict[bytes, Any]:
    try:
        selected: dict[bytes, Any] = client.select_folder(folder, readonly=True)
    except imaplib.IMAP4.abort:
        raise
    except IMAPClientError as error:
        raise FixSettings("folder") from error
    return selected


def read_imap(mailbox: Mailbox, end: float) -> Iterator[Batch]:
    """Yield what is new, oldest first. Raise TryLater or FixSettings."""
    client = None
    try:
        client = open_imap(mailbox, end)
        selected = select_folder(client, mailbox.folder)
        validity = int(selected[b"UIDVALIDITY"])
        next_uid = selected.get(b"UIDNEXT")
        yield from read_new_mails(client, mailbox, validity, next_uid)
    except TimeoutError as error:
        raise TryLater("slow") from error
    except (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError) as error:
        raise TryLater("unreachable") from error
    finally:
        if client:
            with suppress(Exception):
                client.logout()


def read_new_mails(
    client: IMAPClient, mailbox: Mailbox, validity: int, next_uid: int | None
) -> Iterator[Batch]:
    if mailbox.uid_validity is None:
        uids = list_newest_uids(client, next_uid)
        samples = fetch_imap_mails(client, uids[-SAMPLES:], is_old=True)
        last = next_uid - 1 if next_uid else max([*uids, 0])
        yield Batch(samples, {"uid_validity": validity, "last_uid": last})
        return
    for uids in split_new_uids(client, mailbox, validity):
        mails = fetch_imap_mails(client, uids)
        yield Batch(mails, {"uid_validity": validity, "last_uid": max(uids)})


def list_newest_uids(client: IMAPClient, next_uid: int | None) -> list[int]:
    """Return the UIDs of the newest mails, oldest first; ``next_uid`` None where the server does not tell it.

    Not of all: the answer of a mailbox with years of mails is longer than the library takes. A mail that came since the
    folder was opened (``next_uid`` and above) is new.
    """
    first = max((next_uid or 1) - LOOKED_AT, 1)
    uids = sorted(client.search(["UID", f"{first}:*"]))
    return [uid for uid in uids if not next_uid or uid < next_uid]


def split_new_uids(
    client: IMAPClient, mailbox: Mailbox, validity: int
) -> Iterator[list[int]]:
    """Yield the UIDs to read. When the server numbered anew, what came lately is read again: it counts once anyway."""
    if mailbox.uid_validity == validity:
        after = mailbox.last_uid
        # "5:*" gives the last mail even when its UID is below 5.
        uids = sorted(
            uid for uid in client.search(["UID", f"{after + 1}:*"]) if uid > after
        )
    else:
        since = (mailbox.worked_at or timezone.now()) - OVERLAP
        uids = sorted(client.search(["SINCE", since.date()]))
    for start in range(0, len(uids), ASKED):
        part = uids[start : start + ASKED]
        answers = client.fetch(part, ["RFC822.SIZE"])
        sizes = {uid: answer.get(b"RFC822.SIZE", 0) for uid, answer in answers.items()}
        yield from split_batches(part, sizes)


def fetch_imap_mails(
    client: IMAPClient, uids: list[int], is_old: bool = False
) -> list[RawMail]:
    """Return the mails with the time at which the server took each in; of a huge one the head alone."""
    if not uids:
        return []
    sizes = client.fetch(uids, ["RFC822.SIZE"])
    huge = [
        uid for uid in uids if sizes.get(uid, {}).get(b"RFC822.SIZE", 0) > LARGEST_MAIL
    ]
    usual = [uid for uid in uids if uid not in huge]
    answers: dict[int, dict[bytes, Any]] = {}
    if usual:
        answers |= client.fetch(usual, ["INTERNALDATE", "BODY.PEEK[]"])
    if huge:
        answers |= client.fetch(huge, ["INTERNALDATE", "BODY.PEEK[HEADER]"])
    mails = []
    for uid in uids:
        answer = answers.get(uid, {})
        raw = answer.get(b"BODY[]") or answer.get(b"BODY[HEADER]")
        if raw:  # else it was deleted meanwhile
            mails.append(RawMail(raw, read_internal_date(answer), is_old))
    return mails


def read_internal_date(answer: dict[bytes, Any]) -> datetime | None:
    at: datetime | None = answer.get(b"INTERNALDATE")
    if at and at.tzinfo is None:  # the client made it local time of this machine
        return at.astimezone()
    return at
