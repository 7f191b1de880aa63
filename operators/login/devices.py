"""Browsers from which an operator has logged in before: who guesses an operator's password elsewhere does not lock
them out there."""

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from operators.models import Operator

COOKIE, SALT = "device", "operators.login.devices"
YEAR = 365 * 24 * 60 * 60


def remember_device(response: HttpResponse, operator: Operator) -> None:
    """Let the browser prove later that this operator logged in there with the password of today."""
    text = signing.dumps(
        [operator.pk, _digest_password(operator), secrets.token_hex(8)], salt=SALT
    )
    response.set_cookie(
        COOKIE,
        text,
        max_age=YEAR,
        path="/login/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def find_device(request: HttpRequest, operator: Operator) -> str:
    """Return the name of this browser if the operator has logged in there with the present password, else ""."""
    try:
        pk, digest, name = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=YEAR
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    known = (pk, digest) == (operator.pk, _digest_password(operator))
    return str(name) if known else ""


def _digest_password(operator: Operator) -> str:
    return hashlib.sha256(operator.get_session_auth_hash().encode()).hexdigest()[:16]
