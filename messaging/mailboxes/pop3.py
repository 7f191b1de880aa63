"""Read a mailbox by POP3. Nothing is deleted; the names of the mails (UIDL) say which were read."""

import poplib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

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


class TimedPop3(poplib.POP3):
    """poplib over a socket of ours, which has one deadline."""

    def __init__(self, sock: TimedSocket, host: str) -> None:
        self._made = sock
        super().__init__(host)

    def _create_socket(self, timeout: float) -> Any:
        return self._made

    def _getline(self) -> tuple[bytes, int]:
        """Return a line without its end, and its length. The library refuses lines of more than 2 kB.

        Shops' HTML mails have such lines, and one would hold up the mailbox for ever.
        """
        line = self.file.readline(LARGEST_MAIL + 1)
        if len(line) > LARGEST_MAIL:
            raise poplib.error_proto("line too long")
        if not line:
            raise poplib.error_proto("-ERR EOF")
        return line.removesuffix(b"\n").removesuffix(b"\r"), len(line)


def read_pop3(mailbox: Mailbox, end: float) -> Iterator[Batch]:
    """Yield what is new, oldest first. Raise TryLater or FixSettings."""
    client = None
    try:
        client = open_pop3(mailbox, end)
        names = list_names(client)
        if mailbox.seen_names is None:
            samples = fetch_pop3_mails(
                client, names, list(names)[-SAMPLES:], is_old=True
            )
            yield Batch(samples, {"seen_names": list(names)})
            return
        seen = [name for name in mailbox.seen_names if name in names]
        known = set(seen)
        new = [name for name in names if name not in known]
        sizes = list_sizes(client, names) if new else {}
        for part in split_batches(new, sizes):
            huge = {name for name in part if sizes.get(name, 0) > LARGEST_MAIL}
            seen += part
            yield Batch(
                fetch_pop3_mails(client, names, part, huge), {"seen_names": list(seen)}
            )
    except TimeoutError as error:
        raise TryLater("slow") from error
    except (poplib.error_proto, OSError, EOFError) as error:
        raise TryLater("unreachable") from error
    finally:
        if client:
            with suppress(Exception):
                client.quit()


def open_pop3(mailbox: Mailbox, end: float) -> poplib.POP3:
    refuse_plain(mailbox)
    client = TimedPop3(connect_mailbox(mailbox, end), mailbox.host)
    try:
        client.user(mailbox.username)
        client.pass_(mailbox.password)
    except poplib.error_proto as error:
        text = str(error).upper()
        # RFC 2449, RFC 3206: the mailbox is locked by somebody else, or the server is busy.
        if "IN-USE" in text or "SYS/TEMP" in text:
            raise TryLater("busy") from error
        raise FixSettings("login") from error
    return client


def list_names(client: poplib.POP3) -> dict[str, int]:
    """Return name → number on this connection, oldest first. Raise FixSettings for a server without UIDL."""
    try:
        lines = client.uidl()[1]
    except poplib.error_proto as error:
        raise FixSettings("no_uidl") from error
    pairs = (line.decode("ascii", "replace").split(" ", 1) for line in lines)
    return {name.strip(): int(number) for number, name in pairs}


def list_sizes(client: poplib.POP3, names: dict[str, int]) -> dict[str, int]:
    by_number = dict(line.split()[:2] for line in client.list()[1])
    return {
        name: int(by_number.get(str(number).encode(), 0))
        for name, number in names.items()
    }


def fetch_pop3_mails(
    client: poplib.POP3,
    names: dict[str, int],
    wanted: list[str],
    huge: set[str] | None = None,
    is_old: bool = False,
) -> list[RawMail]:
    """Return the mails; when they were received stands in their topmost Received header alone."""
    mails = []
    for name in wanted:
        number = names[name]
        lines = (
            client.top(number, 0)[1] if name in (huge or ()) else client.retr(number)[1]
        )
        mails.append(RawMail(b"\r\n".join(lines) + b"\r\n", None, is_old))
    return mails
