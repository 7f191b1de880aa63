"""The personal link of our own mail: signed for one member and one form, good for 30 days and one answer.

Whoever holds the mail is taken for the member, as whoever holds the phone is; so the page shows nothing that is stored.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.core import signing

from forms_builder.models import Form
from members.models import Member
from tenants.realms import build_realm_url

LINK_SECONDS = 30 * 86_400
LONGEST_LINK = 2_000


@dataclass(frozen=True)
class PersonalLink:
    """``digest`` makes it good for one answer; ``member_id`` is the member's public id.

    ``values``: the リンクの値 that the shop put into it.
    """

    digest: str
    member_id: str
    values: Mapping[str, str] = field(default_factory=dict)


def build_link_salt(form: Form) -> str:
    """Return the salt of the signing key: the link of another shop or form does not even verify here."""
    return f"forms_builder.link:{form.tenant_id}:{form.public_id}"


def issue_link(
    form: Form, member_id: str, values: Mapping[str, str] | None = None
) -> str:
    """Return the token of a new link; ``member_id`` is the member's public id."""
    content: dict[str, object] = {"m": member_id, "n": secrets.token_urlsafe(9)}
    if values:
        content["s"] = dict(values)
    return signing.dumps(content, salt=build_link_salt(form))


def read_link_token(form: Form, token: str) -> PersonalLink | None:
    """Return what the link says; None for one that was not issued for this form, or is too old."""
    try:
        content = signing.loads(
            token[:LONGEST_LINK], salt=build_link_salt(form), max_age=LINK_SECONDS
        )
    except signing.BadSignature:
        return None
    digest = hashlib.sha256(token.encode()).hexdigest()
    return PersonalLink(digest, str(content["m"]), content.get("s", {}))


def build_personal_url(
    form: Form, member_id: str, values: Mapping[str, str] | None = None
) -> str:
    """Return the address of a new link."""
    token = issue_link(form, member_id, values)
    args = [form.public_id, token]
    return build_realm_url("public", form.tenant, "forms_builder:personal", args)


def build_personal_links(form_id: str, member_ids: Collection[int]) -> dict[int, str]:
    """Return a new personal link of the form for each of these members, by id, within the shop's scope."""
    form = Form.objects.select_related("tenant").filter(public_id=form_id).first()
    if not form:
        return {}
    members = Member.objects.filter(pk__in=list(member_ids), deleted_at=None)
    return {
        pk: build_personal_url(form, public_id)
        for pk, public_id in members.values_list("pk", "public_id")
    }
