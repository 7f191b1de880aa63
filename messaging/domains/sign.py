"""Sign a mail with the key of its domain (RFC 6376, by dkimpy)."""

from dataclasses import dataclass

import dkim

from messaging.models import SendingDomain

# What is said about the mail; RFC 8058 wants both headers of the one click signed.
SIGNED = (
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
CANONICAL = (b"relaxed", b"relaxed")


@dataclass(frozen=True)
class Signer:
    """The key of one domain. ``private``: PEM."""

    domain: str
    selector: str
    private: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the mail with its signature before it."""
        head = message.partition(b"\r\n\r\n")[0].lower()
        there = [
            name
            for name in SIGNED
            if head.startswith(name + b":") or b"\n" + name + b":" in head
        ]
        # From once more than it is there: nobody can add another.
        made: bytes = dkim.sign(
            message,
            self.selector.encode(),
            self.domain.encode(),
            self.private,
            canonicalize=CANONICAL,
            include_headers=[*there, b"from"],
        )
        return made + message


def find_signer(address: str) -> Signer | None:
    """Return what signs mails from this address; None where its domain has no key whose record was seen."""
    domain = address.rpartition("@")[2].lower()
    rows = SendingDomain.objects.filter(domain=domain).exclude(signing_since=None)
    row = rows.first()
    if not row or not row.private_key:
        return None
    return Signer(row.domain, row.selector, row.private_key.encode())
