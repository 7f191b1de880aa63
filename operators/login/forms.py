"""The login's forms in the style of the kit: a label above each field instead of a placeholder."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from operators.login.events import get_request_address, record_login_event
from operators.login.factors import MFAAdapter, claim_totp_code
from operators.models import Operator
from operators.tasks import queue_failed_login, queue_reset_link


class PlainFormMixin:
    """Removes the placeholders and help texts that repeat the label."""

    labels: dict[str, Any] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            field.label = self.labels.get(name, field.label)


class LoginForm(PlainFormMixin, account.LoginForm):
    labels = {
        "login": _("ログインIDまたはメールアドレス"),
        "password": _("パスワード"),
        "remember": _("ログインしたままにする"),
    }


class ResetPasswordForm(PlainFormMixin, account.ResetPasswordForm):
    """Looks up nobody: a worker does, so that each address is answered alike and as fast."""

    labels = {"email": _("メールアドレス")}

    def clean_email(self) -> str:
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = self.cleaned_data["email"]
        queue_reset_link(email)
        return email


class ResetPasswordKeyForm(PlainFormMixin, account.ResetPasswordKeyForm):
    labels = {
        "password1": _("新しいパスワード（12文字以上）"),
        "password2": _("新しいパスワード（確認）"),
    }


class ChangePasswordForm(PlainFormMixin, account.ChangePasswordForm):
    labels = {"oldpassword": _("現在のパスワード"), **ResetPasswordKeyForm.labels}


# What allauth says when a code or a passkey was tried too often.
LOCKED = "too_many_login_attempts"
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "data-width": "m"}


class AuthenticateForm(PlainFormMixin, mfa.AuthenticateForm):
    """The code that follows the password: of the app, where each is good once, or a recovery code."""

    labels = {"code": _("認証コード")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(CODE | {"autofocus": True})
        self.fields["code"].help_text = _(
            "認証アプリに表示されている6桁の数字か、リカバリーコードを入力してください。"
        )

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()
        except ValidationError as refused:
            if refused.code == LOCKED:
                record_lock(self.user)
            raise
        used = self.authenticator
        if used.type == Authenticator.Type.TOTP and not claim_totp_code(used, code):
            self._emit_authentication_failed(used)
            raise MFAAdapter().validation_error("incorrect_code")
        return code


def record_lock(operator: Operator) -> None:
    address = get_request_address(context.request)
    record_login_event(operator, "login.locked", address, refused=True)


class AuthenticatePasskeyForm(webauthn.AuthenticateWebAuthnForm):
    """The passkey that follows the password."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError as refused:
            if refused.code == LOCKED:
                record_lock(self.user)
            else:
                address, kind = (
                    get_request_address(context.request),
                    Authenticator.Type.WEBAUTHN,
                )
                record_login_event(
                    self.user, "login.factor_failed", address, refused=True, kind=kind
                )
            raise


class LoginPasskeyForm(webauthn.LoginWebAuthnForm):
    """The passkey in the place of a password. A worker looks whose log a failure belongs in, as for a password."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            name = self.find_claimed_name()
            address = get_request_address(context.request)
            queue_failed_login(name, "login.factor_failed", address)
            raise

    def find_claimed_name(self) -> str:
        """Return the login ID of the operator whose passkey it claims to be; "" for nobody."""
        try:
            user = auth.extract_user_from_response(self.cleaned_data["credential"])
        except (ValidationError, AttributeError, TypeError, ValueError):
            return ""
        return str(user.get_username())


class ActivateTOTPForm(PlainFormMixin, totp.ActivateTOTPForm):
    labels = {"code": _("認証コード")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(CODE)
        self.fields["code"].help_text = _(
            "認証アプリに表示されている6桁の数字を入力してください。"
        )


class AddPasskeyForm(PlainFormMixin, webauthn.AddWebAuthnForm):
    """A passkey is always one that logs in by itself: the device asks for a PIN, a finger or a face."""

    labels = {"name": _("パスキーの名前")}
    name = forms.CharField(
        required=False, max_length=60, widget=forms.TextInput(attrs={"data-width": "l"})
    )
    passwordless = forms.BooleanField(
        required=False, initial=True, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what no browser sends, which the library would fail on."""
        try:
            return dict(super().clean() or {})
        except (ValueError, TypeError, AttributeError) as error:
            raise MFAAdapter().validation_error("incorrect_code") from error


class EditPasskeyForm(PlainFormMixin, webauthn.EditWebAuthnForm):
    labels = {"name": _("パスキーの名前")}
    name = forms.CharField(
        max_length=60, widget=forms.TextInput(attrs={"data-width": "l"})
    )
