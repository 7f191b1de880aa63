"""What happens at the login, in the audit log of every shop where the operator works.

A failure is written by a worker: so the answer takes as long for a name that nobody has.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from operators.login.events import get_request_address, record_login_event
from operators.models import Operator
from operators.tasks import queue_change_mail


def record_login(request: HttpRequest, user: Operator, **_: Any) -> None:
    record_login_event(user, "login.done", get_request_address(request))


def record_logout(request: HttpRequest, user: Operator | None, **_: Any) -> None:
    if user:
        record_login_event(user, "login.ended", get_request_address(request))


def record_change(
    operator: Operator,
    action: str,
    address: str | None,
    email: str | None = None,
    **data: Any,
) -> None:
    """Write that a login was changed, and mail it to the operator; ``email``: where that is not the present address."""
    record_login_event(operator, action, address, **data)
    queue_change_mail(
        operator, operator.email if email is None else email, action, address
    )


def record_reset(request: HttpRequest, user: Operator, **_: Any) -> None:
    record_change(user, "login.password_reset", get_request_address(request))


def record_new_password(request: HttpRequest, user: Operator, **_: Any) -> None:
    record_change(user, "login.password_changed", get_request_address(request))


def record_factor_added(
    request: HttpRequest, user: Operator, authenticator: Authenticator, **_: Any
) -> None:
    kind, address = authenticator.type, get_request_address(request)
    if kind == Authenticator.Type.RECOVERY_CODES:
        record_login_event(user, "login.codes_made", address)
    else:
        record_change(user, "login.factor_added", address, kind=kind)


def record_factor_removed(
    request: HttpRequest, user: Operator, authenticator: Authenticator, **_: Any
) -> None:
    kind, address = authenticator.type, get_request_address(request)
    record_change(user, "login.factor_removed", address, kind=kind)


def record_codes_made(request: HttpRequest, user: Operator, **_: Any) -> None:
    record_change(user, "login.codes_made", get_request_address(request))


def record_factor_used(
    request: HttpRequest, user: Operator, authenticator: Authenticator, **_: Any
) -> None:
    """Tell the operator of a recovery code: whoever has found the list has it without their phone."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_change(user, "login.codes_used", get_request_address(request))


def record_factor_failed(
    request: HttpRequest, user: Operator, authenticator: Authenticator, **_: Any
) -> None:
    address = get_request_address(request)
    record_login_event(
        user, "login.factor_failed", address, refused=True, kind=authenticator.type
    )


def connect_login_signals() -> None:
    """Listen to allauth, so that a session which a test or a shell opens leaves no line."""
    for signal, receiver in (
        (user_logged_in, record_login),
        (user_logged_out, record_logout),
        (password_reset, record_reset),
        (password_changed, record_new_password),
        (authenticator_added, record_factor_added),
        (authenticator_removed, record_factor_removed),
        (authenticator_reset, record_codes_made),
        (authenticator_used, record_factor_used),
        (authentication_failed, record_factor_failed),
    ):
        signal.connect(receiver, dispatch_uid=f"operators.{receiver.__name__}")
