"""A mail's bytes as what we keep of it. Nothing raises: what cannot be read is left blank."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from messaging.bounces.report import read_report
from messaging.mailboxes.charsets import decode_text
from messaging.mailboxes.html_text import extract_text

# A longer text is cut: an order mail is a few pages. What lies behind so many bytes is pictures and files.
LONGEST_TEXT, MOST_DECODED, MOST_PARSED = 200_000, 1_000_000, 3_000_000
# Of a longer header no more is read: nobody's name, and no subject, is so long.
LONGEST_HEADER = 10_000
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
    mail = parse_mail(raw)
    name, sender = read_address(mail, "from")
    return DecodedMail(
        read_header(mail, "message-id").strip()[:300],
        compute_digest(raw, mail),
        sender.strip().lower()[:254],
        name[:200],
        read_address(mail, "to")[1].strip().lower()[:254],
        read_header(mail, "subject")[:500],
        read_body(mail)[:LONGEST_TEXT],
        is_forged(mail),
        read_received_time(mail),
        read_report_safely(mail),
    )


def parse_mail(raw: bytes) -> Message:
    """Return the mail in its parts; of one that is nested too deeply to be read, the head alone."""
    try:
        return message_from_bytes(raw[:MOST_PARSED], policy=compat32)
    except RecursionError:
        return BytesHeaderParser(policy=compat32).parsebytes(raw[:MOST_PARSED])


def read_address(mail: Message, name: str) -> tuple[str, str]:
    """Return (name, address) of the first address in the header; blank where none can be read."""
    with suppress(Exception):
        return getaddresses([read_header(mail, name)])[0]
    return "", ""


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
    raw = get_raw_header(mail, name)[:LONGEST_HEADER]
    unfolded = raw.replace("\r", "").replace("\n", "")
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
            text = decode_text(data[:MOST_DECODED], part.get_content_charset())
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
