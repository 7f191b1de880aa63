"""Who is about to do something grave shows once more who they are; what they had typed goes on from there."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.internal.flows import reauthentication
from allauth.core import ratelimit
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators.login.events import get_request_address, record_login_event
from operators.login.factors import list_factors
from operators.models import Operator

PASSWORD, CREDENTIAL = "confirm-password", "confirm-credential"
OWN_FIELDS = (PASSWORD, CREDENTIAL, "csrfmiddlewaretoken")
# Of an answer to htmx: the page stays as it is and asks in a dialog (static/console/js/confirm.js).
# Whatever the element that asked wanted to be replaced, and by which part of the answer.
REDIRECTED = {
    "X-Confirm-Identity": "1",
    "HX-Retarget": "#confirm-identity",
    "HX-Reswap": "innerHTML",
    "HX-Reselect": "dialog",
}
V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class ConfirmForm(forms.Form):
    """The login password or, from who has one, a passkey."""

    prefix = "confirm"
    password = forms.CharField(
        label=gettext_lazy("あなたのログインパスワード"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(
            attrs={"data-width": "l", "autocomplete": "current-password"}
        ),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.operator = cast("Operator", request.user)

    def add_prefix(self, field_name: str) -> str:
        return f"{self.prefix}-{field_name}"

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not ratelimit.consume(
            self.request, action="reauthenticate", user=self.operator
        ):
            raise ValidationError(
                _(
                    "確認の回数が多すぎます。1分ほど待ってから、もう一度入力してください。"
                ),
                code="limit",
            )
        if values.get("credential"):
            self.check_passkey(values["credential"])
        elif not self.operator.check_password(values.get("password", "")):
            self.add_error(
                "password",
                _(
                    "ログインパスワードが違います。ログインするときのパスワードを入力してください。"
                ),
            )
        return values

    def check_passkey(self, credential: str) -> None:
        """Raise ValidationError where the passkey's answer is not right; remember that it was."""
        passkey = ReauthenticateWebAuthnForm(
            {"credential": credential}, user=self.operator
        )
        if not passkey.is_valid():
            raise ValidationError(
                _(
                    "パスキーを確認できませんでした。もう一度試すか、パスワードを入力してください。"
                )
            )
        passkey.save()

    def save(self) -> None:
        """Remember that the operator has shown who they are, and when."""
        address = get_request_address(self.request)
        if not self.cleaned_data.get("credential"):
            reauthentication.reauthenticate_by_password(self.request)
        record_login_event(self.operator, "login.confirmed", address)


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether whoever sends this has shown who they are within the last minutes."""
    return bool(reauthentication.did_recently_reauthenticate(request))


def require_confirmation(
    when: Callable[[HttpRequest], bool] | None = None, get_too: bool = False
) -> Callable[[V], V]:
    """Ask before a POST (with ``get_too`` before a GET as well) who it is, unless they showed it a moment ago.

    ``when``: whether this very POST is one of those. Nothing that was typed is lost: the page that asks carries it,
    and sends it to the same address.
    """

    def mark(view: V) -> V:
        @functools.wraps(view)
        def checked(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            is_asked = request.method == "POST" or get_too
            if not is_asked or not request.user.is_authenticated:
                return view(request, *args, **kwargs)
            posted = request.method == "POST" and (
                PASSWORD in request.POST or CREDENTIAL in request.POST
            )
            if is_confirmed(request):
                return go_on(view, request, posted, *args, **kwargs)
            if not posted and when and not when(request):
                return view(request, *args, **kwargs)
            form = ConfirmForm(request.POST if posted else None, request=request)
            if posted and form.is_valid():
                form.save()
                return go_on(view, request, posted, *args, **kwargs)
            if posted:
                record_failure(request, form)
            return ask_who_it_is(request, form)

        return checked  # type: ignore[return-value]

    return mark


def go_on(
    view: Callable[..., HttpResponseBase],
    request: HttpRequest,
    posted: bool,
    *args: Any,
    **kwargs: Any,
) -> HttpResponseBase:
    """Let the view see the request as it was before somebody was asked."""
    if posted:
        values = request.POST.copy()
        was_get = values.pop("confirm-get", None)
        for name in (PASSWORD, CREDENTIAL):
            values.pop(name, None)
        request.POST = values  # type: ignore[assignment]
        if was_get:
            request.method = "GET"
    return view(request, *args, **kwargs)


def record_failure(request: HttpRequest, form: ConfirmForm) -> None:
    locked = any(error.code == "limit" for error in form.non_field_errors().as_data())
    record_login_event(
        form.operator,
        "login.locked" if locked else "login.confirm_failed",
        get_request_address(request),
        refused=True,
    )


def ask_who_it_is(request: HttpRequest, form: ConfirmForm) -> HttpResponse:
    """Return the page that asks, or to htmx a dialog on top of the page that is there."""
    by_htmx = "HX-Request" in request.headers
    context = {
        "form": form,
        "action": request.get_full_path(),
        "held": [] if by_htmx else list_held_values(request),
        "options": build_passkey_options(form.operator),
        "by_htmx": by_htmx,
        "minutes": reauthentication.app_settings.REAUTHENTICATION_TIMEOUT // 60,
    }
    if not by_htmx:
        return render(request, "account/confirm.html", context)
    answer = render(request, "account/confirm_dialog.html", context)
    for name, value in REDIRECTED.items():
        answer.headers[name] = value
    return answer


def list_held_values(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was sent, for the page that asks to send it again; of a GET that it was one."""
    held = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in OWN_FIELDS
    ]
    return held if request.method == "POST" else [("confirm-get", "1")]


def build_passkey_options(operator: Operator) -> dict[str, Any] | None:
    """Return what a browser needs to ask for one of the operator's passkeys; None where they have none."""
    if not list_factors(operator)["passkeys"]:
        return None
    return webauthn.begin_authentication(operator)
