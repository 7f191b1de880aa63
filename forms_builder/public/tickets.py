"""The one-time ticket of an opened form: signed, good for half an hour, for one shop, one form and one member.

It says who answers, so a cookie is not needed; the unique hash in the submission makes it good for one answer only.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core import signing

from forms_builder.models import Form
from members.models import Member

LIFE_SECONDS = 30 * 60
LONGEST_TICKET = 4_000
UNKNOWN = "?"  # somebody of whom the shop has never heard


@dataclass(frozen=True)
class Ticket:
    """``digest`` is what is stored; ``age`` is in seconds; ``version`` is the number of the form's version.

    ``by_link``: it came by a personal link, and has the digest of that link. ``login``: LINE says that somebody else
    than the link's member holds the phone: their public id, or UNKNOWN. ``signed``: what the link said and the shop had
    signed, by the names of the form's questions.
    """

    digest: str
    member_id: str
    is_test: bool
    age: float
    version: int
    by_link: bool = False
    login: str = ""
    signed: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_expired(self) -> bool:
        return self.age > LIFE_SECONDS


def build_salt(form: Form) -> str:
    """Return the salt of the signing key: a ticket of another shop or form does not even verify here."""
    return f"forms_builder.ticket:{form.tenant_id}:{form.public_id}"


def issue_ticket(
    form: Form,
    member: Member | None,
    is_test: bool = False,
    version: int = 0,
    link: str = "",
    login: str = "",
    signed: Mapping[str, str] | None = None,
) -> str:
    """Return the signed ticket.

    ``version`` 0 stands for the newest. ``link``: the digest of a personal link; ``login``: who else LINE says it is.
    ``signed``: the values of the link that the shop had signed.
    """
    content: dict[str, object] = {
        "m": member.public_id if member else "",
        "n": secrets.token_urlsafe(16),
        "at": time.time(),
        "x": int(is_test),
        "v": version,
        "l": link,
        "o": login,
    }
    if signed:
        content["s"] = dict(signed)
    return signing.dumps(content, salt=build_salt(form))


def read_ticket(form: Form, text: str) -> Ticket | None:
    """Read the ticket, expired or not; return None when it was not issued for this form."""
    try:
        content = signing.loads(text[:LONGEST_TICKET], salt=build_salt(form))
    except signing.BadSignature:
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()
    link = str(content.get("l", ""))
    return Ticket(
        link or digest,
        content["m"],
        bool(content["x"]),
        time.time() - content["at"],
        int(content.get("v", 0)),
        bool(link),
        str(content.get("o", "")),
        content.get("s", {}),
    )


def is_test_key(form: Form, key: str) -> bool:
    return hmac.compare_digest(form.test_key.encode(), key.encode())
