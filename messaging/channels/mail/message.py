"""The bytes of one mail."""

import re
import uuid
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from messaging.content.mail import MailParts

# What Python's library let pass changed with its versions: 3.13 writes "a@" and "a@[".
WRITABLE = re.compile(r".+@[\w.-]+")


def build_message_id(key: uuid.UUID, from_email: str) -> str:
    """Return the Message-ID of a call: the same for each of its tries."""
    return f"<{key}@{from_email.rpartition('@')[2]}>"


def build_message(
    parts: MailParts,
    sender: tuple[str, str],
    to: str,
    key: uuid.UUID,
    headers: dict[str, str] | None = None,
) -> bytes:
    """Return the mail as it goes over the wire. ``sender``: (name, address); ``headers``: in ASCII.

    Raise ValueError for an address that no mail can have, and whatever else Python's library raises for one.
    """
    if not WRITABLE.fullmatch(to):
        raise ValueError(to)
    name, address = sender
    message = EmailMessage(policy=SMTP)
    user, _, domain = address.rpartition("@")
    message["From"] = Address(name, user, domain) if name else address
    message["To"] = parts.to or to
    if parts.reply_to:
        message["Reply-To"] = parts.reply_to
    message["Subject"] = parts.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = build_message_id(key, address)
    message.set_content(parts.text, cte="base64")
    if parts.html:
        message.add_alternative(parts.html, subtype="html", cte="base64")
    # As they are: the library would fold or encode a long address, and mail programs want it whole.
    lines = (f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return "".join(lines).encode("ascii") + message.as_bytes()
