"""The mail behind 「パスワードを忘れた方」.

The page only queues the address; a worker looks whose it is. So nobody learns from the answer, or from the time that
it takes, who is registered.
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from operators.models import Operator, Seat


def send_reset_mail(email: str) -> bool:
    """Mail the operator with this address a link that sets a new password; return whether there is one."""
    operator = Operator.objects.filter(email__iexact=email, is_active=True).first()
    if not operator:
        return False
    with translation.override(operator.language):
        EmailMessage(
            _("【Tsunagi】パスワードの再設定"),
            _render_text(operator),
            settings.DEFAULT_FROM_EMAIL,
            [operator.email],
        ).send()
    return True


def _render_text(operator: Operator) -> str:
    with transaction.atomic():
        shops = [seat.tenant.name for seat in Seat.of(operator)]
        url = build_reset_url(operator)
    until = timezone.localtime() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return render_to_string(
        "account/email/reset.txt",
        {
            "operator": operator,
            "shops": shops,
            "url": url,
            "until": until,
            **describe_reset(),
        },
    )


def build_reset_url(operator: Operator) -> str:
    """Return the address, at SITE_URL, where this operator sets a new password; it works once."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(operator),
            "key": default_token_generator.make_token(operator),
        },
    )
    return f"{settings.SITE_URL}{path}"


def describe_reset() -> dict[str, str | int]:
    """Return who sends the mail, for how many hours its link lives and whom to ask."""
    return {
        "sender": settings.DEFAULT_FROM_EMAIL,
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        "support": settings.SUPPORT_EMAIL,
    }
