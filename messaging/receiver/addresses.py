"""Our own addresses, one for each mailbox of kind 転送用アドレス: ``shop-secret@domain``."""

import secrets

from django.conf import settings
from django.db import transaction

from messaging.models import Mailbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope

# Lower case, and nothing that is taken for something else: mail servers do not always keep the case.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 20


def generate_token() -> str:
    """Return a secret that nobody guesses (99 bits)."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def build_own_address(mailbox: Mailbox) -> str:
    """Return the address that brings mail into this mailbox. ``mailbox`` has its tenant."""
    return f"{mailbox.tenant.slug}-{mailbox.token}@{settings.MAIL_IN_DOMAIN}"


def find_own_mailbox(address: str) -> tuple[Tenant, int] | None:
    """Return the shop and the id of the active mailbox that has this address; None when nobody has it."""
    user, _at, domain = address.strip().lower().rpartition("@")
    slug, _dash, token = user.rpartition("-")
    if domain != settings.MAIL_IN_DOMAIN.lower() or len(token) != LENGTH or not slug:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if not tenant:
        return None
    with open_tenant_scope(tenant), transaction.atomic():
        found = Mailbox.objects.filter(
            kind=Mailbox.Kind.OWN, token=token, is_active=True
        )
        pk = found.values_list("pk", flat=True).first()
    return (tenant, pk) if pk else None
