"""What a mail that says "not delivered" tells: of which of our mails, how badly, in whose words.

RFC 3464 reports say it in fields; flufl.bounce knows what other servers write. Ours is found by its Message-ID alone:
no recipient is taken from the report, so that nobody can have an address held back by writing one into it.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr
from typing import Any

from flufl.bounce import all_failures

FAILED, DELAYED = "failed", "delayed"
# The left part of each of our Message-IDs (channels/mail/message.py).
OUR_KEY = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE
)
# Not a part of the address of a machine, which reports name as well.
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
POSTMASTERS = ("mailer-daemon", "postmaster")
MOST_KEYS, LONGEST_SCAN, LONGEST_WORDS = 10, 200_000, 300
# Words of servers that give no status, or none that says what is wrong.
NOBODY_THERE = re.compile(
    r"user unknown|unknown user|no such user|no such (?:mailbox|recipient|address)|mailbox (?:not found|unavailable)"
    r"|(?:address|account|user|recipient|mailbox) (?:does not|doesn't|does'nt) exist|invalid recipient"
    r"|recipient address rejected: (?:user|undeliverable)|unrouteable address|host or domain name not found",
    re.IGNORECASE,
)


def read_report(mail: Message) -> dict[str, Any] | None:
    """Return {"keys", "action", "status", "said"} of a mail that came back; None of any other mail."""
    if not is_returned_mail(mail):
        return None
    told = read_fields(mail) or scan_words(mail)
    return {"keys": find_our_keys(mail), **told} if told else None


def is_returned_mail(mail: Message) -> bool:
    user = parseaddr(str(mail.get("from", "")))[1].partition("@")[0].lower()
    return (
        mail.get_content_type() == "multipart/report"
        or str(mail.get("return-path", "")).strip() == "<>"
        or "x-failed-recipients" in mail
        or user.startswith(POSTMASTERS)
    )


def read_fields(mail: Message) -> dict[str, str] | None:
    """Return what the fields of a delivery report say; the worst of several recipients."""
    blocks = [
        block
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in part.get_payload()
        if isinstance(block, Message) and "action" in block
    ]
    told = [each for block in blocks if (each := read_status_block(block))]
    return min(told, key=lambda each: each["action"] != FAILED, default=None)


def read_status_block(block: Message) -> dict[str, str] | None:
    action = str(block["action"]).split()[0].lower() if block["action"] else ""
    if action not in (FAILED, DELAYED):
        return None
    said = clean_words(str(block.get("diagnostic-code", "")))
    said = said.removeprefix("smtp;").strip()
    status = STATUS.search(str(block.get("status", "")))
    return {
        "action": action,
        "status": status[0] if status else "",
        "said": said[:LONGEST_WORDS],
    }


def scan_words(mail: Message) -> dict[str, str] | None:
    """Return what a report in a server's own words says."""
    temporary, permanent = all_failures(mail)
    if not temporary and not permanent:
        return None
    text = "\n".join(list_texts(mail))[:LONGEST_SCAN]
    status = STATUS.search(text)
    line = next((each for each in text.splitlines() if STATUS.search(each)), "")
    line = line or next((e for e in text.splitlines() if NOBODY_THERE.search(e)), "")
    return {
        "action": FAILED if permanent else DELAYED,
        "status": status[0] if status else "",
        "said": clean_words(line)[:LONGEST_WORDS],
    }


def clean_words(text: str) -> str:
    """Return the words on one line, without the NUL that PostgreSQL does not take."""
    return " ".join(text.replace("\0", " ").split())


def list_texts(mail: Message) -> Iterator[str]:
    for part in mail.walk():
        if part.get_content_type() in ("text/plain", "text/rfc822-headers"):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                yield data.decode("latin-1")


def find_our_keys(mail: Message) -> list[str]:
    """Return what may be keys of our calls: in the head of the mail that is sent back, or where it is quoted."""
    texts = [
        str(part.get(name, ""))
        for part in mail.walk()
        for name in ("message-id", "in-reply-to", "references", "x-original-message-id")
    ]
    texts += [text[:LONGEST_SCAN] for text in list_texts(mail)]
    found = [key.lower() for text in texts for key in OUR_KEY.findall(text)]
    return list(dict.fromkeys(found))[:MOST_KEYS]


def classify_failure(status: str, said: str) -> str:
    """Return "hard", "soft" or "policy": whether the address takes no mail for good, now, or not this mail of ours.

    RFC 3463: 5.1.x is the address (5.1.7 and 5.1.8 the sender's), 5.2.x the mailbox, 5.4.x the way there; 5.6.x and
    5.7.x, 5.3.4 and 5.2.3 are the mail itself. Words count where no status says what is wrong.
    """
    found = STATUS.search(status) or STATUS.search(said)
    kind, subject, detail = found.groups() if found else ("", "", "")
    if kind == "4":
        return "soft"
    if subject == "1" and detail not in ("7", "8"):
        return "hard"
    if subject in ("", "0", "3", "5") and NOBODY_THERE.search(said):
        return "hard"
    about_us = subject in ("1", "6", "7") or (subject, detail) in (
        ("2", "3"),
        ("3", "4"),
    )
    return "policy" if about_us else "soft"
