"""A mail's bytes as what we keep of it. Nothing raises: what cannot be read is left blank."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from messaging.bounces.report import read_report
from messaging.mailboxes.charsets import decode_text
from messaging.mailboxes.html_text import extract_text

# A longer text is cut: an order mail is a few pages.
LONGEST_TEXT = 200_000
# What each relay adds on the way; the same mail by two ways is the same mail.
COUNTED_HEADERS = ("message-id", "from", "to", "subject", "date")


@dataclass(frozen=True)
class DecodedMail:
    """What we keep of a mail. ``digest`` is the same for the same mail, whichever way it came."""

    message_id: str
    digest: str
    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    is_forged: bool
    received_at: datetime | None
    report: dict[str, Any] | None = None


def decode_mail(raw: bytes) -> DecodedMail:
    mail = message_from_bytes(raw, policy=compat32)
    names = getaddresses([read_header(mail, "from")])
    name, sender = names[0] if names else ("", "")
    to = getaddresses([read_header(mail, "to")])
    return DecodedMail(
        read_header(mail, "message-id").strip()[:300],
        compute_digest(raw, mail),
        sender.strip().lower()[:254],
        name[:200],
        (to[0][1] if to else "").lower()[:254],
        read_header(mail, "subject")[:500],
        read_body(mail)[:LONGEST_TEXT],
        is_forged(mail),
        read_received_time(mail),
        read_report_safely(mail),
    )


def read_report_safely(mail: Message) -> dict[str, Any] | None:
    """Return what a mail that came back says; what nobody can read says nothing."""
    with suppress(Exception):
        return read_report(mail)
    return None


def compute_digest(raw: bytes, mail: Message) -> str:
    """Hash the Message-ID, the headers that its writer made, and the body."""
    parts = [get_raw_header(mail, name) for name in COUNTED_HEADERS]
    _head, _gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    head = "\n".join(" ".join(part.split()) for part in parts)
    return hashlib.sha256(
        head.encode("utf-8", "surrogateescape") + b"\0" + body.rstrip()
    ).hexdigest()


def get_raw_header(mail: Message, name: str) -> str:
    """Return the header as it stands, bytes that are no ASCII as surrogates; "" without one."""
    values = (value for key, value in mail.raw_items() if key.lower() == name)
    return str(next(values, ""))


def read_header(mail: Message, name: str) -> str:
    """Return the header as text: folded lines joined, encoded words decoded, raw bytes guessed."""
    unfolded = get_raw_header(mail, name).replace("\r", "").replace("\n", "")
    parts = []
    try:
        chunks = decode_header(unfolded)
    except Exception:  # a broken encoded word: shown as it is
        chunks = [(unfolded, None)]
    for chunk, charset in chunks:
        data = (
            chunk.encode("utf-8", "surrogateescape")
            if isinstance(chunk, str)
            else chunk
        )
        parts.append(decode_text(data, charset))
    return " ".join("".join(parts).split())


def read_body(mail: Message) -> str:
    """Return the plain text, or the text of the HTML where there is no plain one."""
    plain: list[str] = []
    html: list[str] = []
    for part in mail.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            text = decode_text(data, part.get_content_charset())
            (plain if kind == "text/plain" else html).append(text)
    text = "\n".join(plain).strip()
    if not text and html:
        text = "\n".join(extract_text(each) for each in html)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_forged(mail: Message) -> bool:
    """Return whether the server that received the mail says that its sender is not who they say (RFC 8601).

    Only the topmost Authentication-Results counts: those below may have come with the mail.
    """
    results = [
        " ".join(str(value).lower().split())
        for value in mail.get_all("authentication-results", [])
    ]
    if not results:
        return False
    top = results[0]
    if "dmarc=pass" in top:
        return False
    failed = "spf=fail" in top or "spf=softfail" in top or "dkim=fail" in top
    return "dmarc=fail" in top or (
        failed and "dkim=pass" not in top and "spf=pass" not in top
    )


def read_received_time(mail: Message) -> datetime | None:
    """Return the time of the topmost Received header, which the last server wrote (RFC 5321, 4.4); None without one."""
    for value in mail.get_all("received", [])[:1]:
        with suppress(ValueError, TypeError, IndexError):
            at = parsedate_to_datetime(str(value).rpartition(";")[2].strip())
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
