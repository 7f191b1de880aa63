"""アカウント: what operators see and change of their own login. Belongs to no shop."""

from typing import Any, cast

from allauth.core import ratelimit
from allauth.mfa.base import views as mfa
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from administration.account.forms import EmailForm
from administration.operator_forms import LoginForm
from console.numbers import parse_number
from operators.login.confirm import require_confirmation
from operators.login.email_proof import EMAIL_LIFETIME
from operators.login.events import get_request_address
from operators.login.factors import list_factors
from operators.login.own_account import (
    change_own_email,
    change_own_login,
    remove_own_email,
)
from operators.login.sessions import (
    describe_browser,
    end_other_sessions,
    end_session,
    list_sessions,
)
from operators.models import Operator
from operators.tasks import queue_email_proof

METHODS = ["GET", "HEAD", "POST"]
PAGE = "administration/account/"
authenticate = mfa.authenticate


def get_operator(request: HttpRequest) -> Operator:
    return cast("Operator", request.user)


@login_required
@require_safe
def show_account(request: HttpRequest) -> HttpResponse:
    operator, key = get_operator(request), request.session.session_key
    sessions = [
        {
            "row": row,
            "browser": describe_browser(row.user_agent),
            "is_current": row.session_key == key,
        }
        for row in list_sessions(operator, key)
    ]
    context = {"operator": operator, "sessions": sessions, **list_factors(operator)}
    return render(request, f"{PAGE}account.html", context)


@login_required
@require_http_methods(METHODS)
@require_confirmation()
def edit_own_login(request: HttpRequest) -> HttpResponse:
    operator = get_operator(request)
    now = {"name": operator.name, "login_id": operator.login_id}
    form = LoginForm(request.POST or None, initial=now)
    if form.is_bound and form.is_valid() and save_own_login(request, form):
        messages.success(request, _("保存しました。"))
        return redirect("account")
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}login.html", {"form": form}, status=status)


def save_own_login(request: HttpRequest, form: LoginForm) -> bool:
    """Return whether the verb accepted; a refusal is shown in the form."""
    values, address = form.cleaned_data, get_request_address(request)
    try:
        change_own_login(
            get_operator(request), values["name"], values["login_id"], address
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    return True


@login_required
@require_http_methods(METHODS)
@require_confirmation()
def edit_own_email(request: HttpRequest) -> HttpResponse:
    operator = get_operator(request)
    if request.method == "POST" and "remove" in request.POST:
        remove_own_email(operator, get_request_address(request))
        messages.success(request, _("メールアドレスを削除しました。"))
        return redirect("account")
    form = EmailForm(request.POST or None, operator=operator)
    if form.is_bound and form.is_valid():
        if ratelimit.consume(request, action="email_proof", user=operator):
            queue_email_proof(operator, form.cleaned_data["email"])
            messages.info(
                request,
                _("確認メールを送ります。届いたメールのURLを開くと、変更されます。"),
            )
            return redirect("account")
        form.add_error(
            "email",
            _(
                "確認メールの回数が多すぎます。1時間ほど待ってから、もう一度お試しください。"
            ),
        )
    context = {"form": form, "operator": operator, "hours": EMAIL_LIFETIME // 3600}
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}email.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def prove_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with a button: programs that read mail open its links."""
    if request.method != "POST":
        return render(request, f"{PAGE}prove.html")
    try:
        change_own_email(get_operator(request), token, get_request_address(request))
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        messages.success(request, _("メールアドレスを変更しました。"))
    return redirect("account")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that was named, or all but this browser's."""
    operator, address = get_operator(request), get_request_address(request)
    if pk := parse_number(request.POST.get("session", "")):
        ended = int(end_session(operator, pk, address))
    else:
        ended = end_other_sessions(operator, request.session.session_key, address)
    text = (
        _("%(count)s件のログインを終了しました。") % {"count": ended}
        if ended
        else _("ほかのログインはありません。")
    )
    messages.success(request, text)
    return redirect("account")


@login_required
@require_http_methods(METHODS)
@require_confirmation(get_too=True)
def confirm_identity(request: HttpRequest) -> HttpResponse:
    """Show who you are: for a dialog of htmx, which then sends again what it wanted to; else on to ``next``."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Trigger": "identity-confirmed"})
    target = request.GET.get("next", "")
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if safe else "account")


def ask_on_the_way(view: Any) -> Any:
    """Ask who it is on the way into one of allauth's pages about the second factor, shown or posted."""
    return login_required(require_confirmation(get_too=True)(view))
