"""Have a shop's sending domains checked, and make the keys that its mails are signed with."""

import base64
import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from messaging.domains.findings import Finding, Key, inspect_domain
from messaging.models import MailAccount, SendingDomain
from operators import audit
from outbound.dns import build_text_lookup
from outbound.errors import TryLater
from tenants.models import Tenant
from tenants.wakeups import wake

WAKEUP = "messaging.domain"
# All look-ups of one check together take no longer: the worker goes on to the next shop.
CHECK_SECONDS = 15.0
EVERY, AFTER_TROUBLE = timedelta(days=1), timedelta(hours=1)
# While the record of a new key is waited for.
WAITING = timedelta(minutes=30)
KEY_BITS = 2048


def list_sending_domains() -> list[str]:
    """Return the domains that the shop's own mail accounts write from."""
    rows = MailAccount.objects.exclude(kind=MailAccount.Kind.RAKUTEN)
    addresses = rows.values_list("from_email", flat=True)
    return sorted({address.rpartition("@")[2].lower() for address in addresses})


@transaction.atomic
def ask_for_check(tenant: Tenant, domain: str) -> SendingDomain:
    """Have the domain checked now, and once a day from then on."""
    row, _made = SendingDomain.objects.get_or_create(domain=domain)
    audit.record_action("sendingdomain.check_asked", row, domain=domain)
    start_check(tenant, row)
    return row


def start_check(tenant: Tenant, row: SendingDomain) -> None:
    """Have the domain checked now, in the caller's transaction."""
    row.asked_at = timezone.now()
    row.save(update_fields=["asked_at"])
    wake(tenant, WAKEUP, subject=row.pk)


def check_domain(tenant: Tenant, pk: int) -> datetime | None:
    """Look at the domain's records and keep what was found; return when to look again.

    The look-ups are made outside any transaction. A domain that no account uses any more is let be.
    """
    with transaction.atomic():
        row = SendingDomain.objects.filter(pk=pk).first()
        if not row or row.domain not in list_sending_domains():
            return None
    try:
        found = inspect_domain(
            row.domain, find_key(row), build_text_lookup(CHECK_SECONDS)
        )
    except TryLater as error:
        with transaction.atomic():
            SendingDomain.objects.filter(pk=pk).update(
                trouble=error.code, asked_at=None
            )
        return timezone.now() + AFTER_TROUBLE
    with transaction.atomic():
        store_findings(pk, row.public_key, found)
    waits = row.public_key and found["dkim"].code != "ok"
    return timezone.now() + (WAITING if waits else EVERY)


def find_key(row: SendingDomain) -> Key | None:
    return Key(row.selector, row.public_key) if row.public_key else None


def store_findings(pk: int, public_key: str, found: dict[str, Finding]) -> None:
    """Keep the findings; signing begins with the first sight of the record of the key that was looked for.

    It ends when the record is seen to be gone or another, never because nobody answered.
    """
    row = SendingDomain.objects.select_for_update().get(pk=pk)
    row.findings = {kind: finding.store() for kind, finding in found.items()}
    row.checked_at, row.trouble = timezone.now(), ""
    if row.public_key != public_key:
        # Made or dropped meanwhile: what was looked for is not what it has now.
        row.findings.pop("dkim")
    elif found["dkim"].code == "ok" and row.public_key:
        row.signing_since = row.signing_since or Now()
    else:
        row.signing_since = None
    row.save()


@transaction.atomic
def make_key(tenant: Tenant, domain: str) -> SendingDomain:
    """Make a new key pair for the domain. Nothing is signed with it before its record was seen."""
    row, _made = SendingDomain.objects.select_for_update().get_or_create(domain=domain)
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    # Another name than before: the record of the old key may stay until its mails have arrived.
    row.selector = f"tsunagi{timezone.localtime():%y%m%d}{secrets.token_hex(3)}"
    row.public_key, row.private_key = base64.b64encode(public).decode(), pem.decode()
    row.signing_since = None
    row.findings.pop("dkim", None)
    row.save()
    audit.record_action(
        "sendingdomain.key_made", row, domain=domain, selector=row.selector
    )
    start_check(tenant, row)
    return row


@transaction.atomic
def drop_key(tenant: Tenant, domain: str) -> None:
    """Forget the key, where there is one: nothing is signed by us any more."""
    row = SendingDomain.objects.select_for_update().filter(domain=domain).first()
    if not row or not row.public_key:
        return
    audit.record_action("sendingdomain.key_dropped", row, domain=domain)
    row.selector = row.public_key = row.private_key = ""
    row.signing_since = None
    row.findings.pop("dkim", None)
    row.save()
    start_check(tenant, row)
