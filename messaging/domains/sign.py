"""Sign a mail with the key of its domain (RFC 6376, relaxed/relaxed, rsa-sha256).

dkimpy brings headers and body into their relaxed form; cryptography signs, in a tenth of the time that dkimpy takes.
"""

import base64
import hashlib
import time
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dkim import rfc822_parse
from dkim.canonicalization import Relaxed

from messaging.models import SendingDomain

# What is said about the mail; RFC 8058 wants both headers of the one click signed.
SIGNED = (
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
LINE = 72


@dataclass(frozen=True)
class Signer:
    """The key of one domain. ``private``: PEM."""

    domain: str
    selector: str
    private: bytes

    @cached_property
    def key(self) -> RSAPrivateKey:
        return cast(RSAPrivateKey, load_pem_private_key(self.private, None))

    def sign(self, message: bytes) -> bytes:
        """Return the mail with its signature before it."""
        headers, body = rfc822_parse(message)
        relaxed = dict(Relaxed.canonicalize_headers(headers))
        there = [name for name in SIGNED if name in relaxed]
        digest = hashlib.sha256(Relaxed.canonicalize_body(body)).digest()
        fields = [
            b"v=1",
            b"a=rsa-sha256",
            b"c=relaxed/relaxed",
            b"d=" + self.domain.encode(),
            b"s=" + self.selector.encode(),
            b"t=%d" % time.time(),
            # From once more than it is there: nobody can add another.
            b"h=" + b":".join([*there, b"from"]),
            b"bh=" + base64.b64encode(digest),
        ]
        own = b" " + b";\r\n ".join(fields) + b";\r\n b="
        ((name, value),) = Relaxed.canonicalize_headers([(b"DKIM-Signature", own)])
        parts = [each + b":" + relaxed[each] for each in there]
        said = b"".join([*parts, name + b":" + value.rstrip()])
        signature = base64.b64encode(self.key.sign(said, PKCS1v15(), SHA256()))
        lines = (signature[at : at + LINE] for at in range(0, len(signature), LINE))
        folded = b"\r\n ".join(lines)
        return b"DKIM-Signature:" + own + folded + b"\r\n" + message


def find_signer(address: str) -> Signer | None:
    """Return what signs mails from this address; None where its domain has no key whose record was seen."""
    domain = address.rpartition("@")[2].lower()
    rows = SendingDomain.objects.filter(domain=domain).exclude(signing_since=None)
    row = rows.first()
    if not row or not row.private_key:
        return None
    return Signer(row.domain, row.selector, row.private_key.encode())
