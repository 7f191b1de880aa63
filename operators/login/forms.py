"""The login's forms in the style of the kit: a label above each field instead of a placeholder."""

from typing import Any

from allauth.account import forms as account
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from operators.tasks import queue_reset_link


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
