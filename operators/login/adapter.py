"""allauth's hooks: who may sign up, what a failed login counts for, which browsers an operator is known in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from operators.login.backend import find_operator
from operators.login.devices import find_device, remember_device
from operators.login.events import get_request_address
from operators.models import Operator


class AccountAdapter(DefaultAccountAdapter):
    """Operators are invited by a shop; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(
        self, request: HttpRequest, **credentials: Any
    ) -> str:
        """Count failures by operator, whichever name was typed; in a browser they know, by that browser alone.

        So guessing under both names gains nothing, and whoever guesses does not lock the operator out of it.
        """
        name = credentials.get("username") or credentials.get("email") or ""
        operator = find_operator(name)
        if operator is None:
            return f"name:{name.lower()}"
        device = find_device(request, operator)
        return f"operator:{operator.pk}" + (f":{device}" if device else "")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse after too many failures, and have the lock written down."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._queue_failure(request, "login.locked", credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self._queue_failure(request, "login.failed", credentials)

    def _queue_failure(
        self, request: HttpRequest, action: str, credentials: dict[str, Any]
    ) -> None:
        from operators.tasks import queue_failed_login  # it needs the forms' adapter

        name = credentials.get("username") or credentials.get("email") or ""
        queue_failed_login(name, action, get_request_address(request))

    def post_login(
        self, request: HttpRequest, user: Operator, **values: Any
    ) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **values)
        remember_device(response, user)
        return response

    def add_message(
        self, request: HttpRequest, level: int, *args: Any, **kwargs: Any
    ) -> None:
        """Say nothing of recovery codes: the page that shows them does."""
        template = args[0] if args else kwargs.get("message_template")
        if template != "mfa/messages/recovery_codes_generated.txt":
            super().add_message(request, level, *args, **kwargs)

    def respond_user_inactive(
        self, request: HttpRequest, user: Operator
    ) -> HttpResponse:
        """Send who was switched off, and comes with a passkey, back to the login."""
        messages.error(
            request,
            _("このログインは停止されています。ショップのオーナーに確認してください。"),
        )
        return redirect("account_login")

    def set_password(self, user: Operator, password: str) -> None:
        """Set a new password; who has just proved their mail is not kept out by what others tried."""
        super().set_password(user, password)
        if self.request:
            self.forget_failures(self.request, user)

    def forget_failures(self, request: HttpRequest, operator: Operator) -> None:
        """Let whoever has a new password in with it, whatever was tried before."""
        self._delete_login_attempts_cached_email(request, username=operator.login_id)
