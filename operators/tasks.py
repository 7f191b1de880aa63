"""Work for operators that belongs to no shop. A lost message costs a second click, so no row stands behind it."""

import json
from datetime import datetime
from smtplib import SMTPException

from celery import shared_task
from django.utils import timezone

from operators import audit_seals
from operators.login.email_proof import send_email_proof
from operators.login.events import record_failed_login
from operators.login.notices import send_change_mail
from operators.login.password_reset import send_reset_mail
from operators.models import Operator
from operators.seats.invitation_mail import send_invitation_mail
from tenants.models import Tenant
from tenants.secrets import get_cipher
from tenants.wakeups import woken


@shared_task(
    name="operators.reset_mail",
    autoretry_for=(OSError, SMTPException),
    retry_backoff=5,
    max_retries=3,
)
def send_reset_link(sealed: str) -> None:
    """Mail the link to the address that was sealed by ``queue_reset_link``."""
    send_reset_mail(get_cipher().decrypt(sealed.encode()).decode())


def queue_reset_link(email: str) -> None:
    """Have a worker mail the link; no address lies in the broker."""
    sealed = get_cipher().encrypt(email.encode()).decode()
    send_reset_link.delay_on_commit(sealed)  # type: ignore[attr-defined]


@shared_task(
    name="operators.invitation_mail",
    autoretry_for=(OSError, SMTPException),
    retry_backoff=5,
    max_retries=3,
)
def send_invitation(sealed: str) -> None:
    """Mail the invitation that was sealed by ``queue_invitation``."""
    send_invitation_mail(**json.loads(get_cipher().decrypt(sealed.encode())))


def queue_invitation(shop: Tenant, by: str, name: str, email: str, code: str) -> None:
    """Have a worker mail the code as a link; neither it nor the address lies in the broker in clear."""
    told = {"slug": shop.slug, "by": by, "name": name, "email": email, "code": code}
    sealed = get_cipher().encrypt(json.dumps(told).encode()).decode()
    send_invitation.delay_on_commit(sealed)  # type: ignore[attr-defined]


@shared_task(name="operators.failed_login")
def write_failed_login(sealed: str) -> None:
    """Write the failure that was sealed by ``queue_failed_login``."""
    record_failed_login(*json.loads(get_cipher().decrypt(sealed.encode())))


def queue_failed_login(name: str, action: str, address: str | None) -> None:
    """Have a worker write that a login failed; the name that was typed does not lie in the broker in clear."""
    sealed = get_cipher().encrypt(json.dumps([name, action, address]).encode()).decode()
    write_failed_login.delay_on_commit(sealed)  # type: ignore[attr-defined]


@shared_task(
    name="operators.change_mail",
    autoretry_for=(OSError, SMTPException),
    retry_backoff=5,
    max_retries=3,
)
def send_change(sealed: str) -> None:
    """Mail the change that was sealed by ``queue_change_mail``."""
    send_change_mail(*json.loads(get_cipher().decrypt(sealed.encode())))


def queue_change_mail(
    operator: Operator, email: str, action: str, address: str | None
) -> None:
    """Have a worker tell the operator, at this address, what was changed about their login."""
    if not email:
        return
    told = [operator.pk, email, action, timezone.now().isoformat(), address or ""]
    sealed = get_cipher().encrypt(json.dumps(told).encode()).decode()
    send_change.delay_on_commit(sealed)  # type: ignore[attr-defined]


@shared_task(
    name="operators.email_proof",
    autoretry_for=(OSError, SMTPException),
    retry_backoff=5,
    max_retries=3,
)
def send_proof(sealed: str) -> None:
    """Mail the link that was sealed by ``queue_email_proof``."""
    send_email_proof(*json.loads(get_cipher().decrypt(sealed.encode())))


def queue_email_proof(operator: Operator, email: str) -> None:
    """Have a worker mail the link that proves a new address; it does not lie in the broker in clear."""
    sealed = get_cipher().encrypt(json.dumps([operator.pk, email]).encode()).decode()
    send_proof.delay_on_commit(sealed)  # type: ignore[attr-defined]


@woken(audit_seals.WAKEUP)
def run_audit_seal(tenant: Tenant, subject: int) -> datetime | None:
    return audit_seals.seal_each_minute(tenant, subject)
