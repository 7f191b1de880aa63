"""The mail that proves a new address: its link works for whoever reads what arrives there."""

import hashlib
import json

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from operators.models import Operator
from tenants.secrets import get_cipher

EMAIL_LIFETIME = 24 * 60 * 60  # seconds


def seal_email(operator: Operator, email: str) -> str:
    """Return the token of the link that proves the address: unreadable, and good for as long as nothing changes."""
    said = [operator.pk, email, compute_login_digest(operator)]
    return get_cipher().encrypt(json.dumps(said).encode()).decode().rstrip("=")


def send_email_proof(pk: int, email: str) -> None:
    """Mail the link that proves the new address to it."""
    operator = Operator.objects.filter(pk=pk, is_active=True).first()
    if not operator:
        return
    path = reverse("account_email_proof", args=[seal_email(operator, email)])
    with translation.override(operator.language):
        text = render_to_string(
            "account/email/prove.txt",
            {
                "operator": operator,
                "url": f"{settings.SITE_URL}{path}",
                "hours": EMAIL_LIFETIME // 3600,
                "support": settings.SUPPORT_EMAIL,
            },
        )
        EmailMessage(
            _("【Tsunagi】メールアドレスの確認"),
            text,
            settings.DEFAULT_FROM_EMAIL,
            [email],
        ).send()


def compute_login_digest(operator: Operator) -> str:
    """Return what changes with the address or the password, so that an older link no longer works."""
    text = f"{operator.email}\n{operator.get_session_auth_hash()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
