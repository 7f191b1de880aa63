"""The way into a shop with a code: an invitation is accepted, or a new password is set. Belongs to no shop yet."""

from typing import Any, cast

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from administration.operator_forms import CodeForm, JoinForm, NewPasswordForm
from operators.login.adapter import AccountAdapter
from operators.models import AccessCode, Operator
from operators.seats.access_codes import find_code, hash_code
from operators.seats.invite import accept_invitation, join_as_new_operator
from operators.seats.manage import use_reset
from tenants.models import Tenant
from tenants.scope import open_tenant_scope

SESSION_KEY = "join"
METHODS = ["GET", "HEAD", "POST"]


def find_waiting(slug: str, code: str) -> tuple[Tenant, AccessCode] | None:
    """Return the shop and its code, if it can still be used."""
    shop = Tenant.objects.filter(slug=slug).first()
    if not shop:
        hash_code(code)
        return None
    with transaction.atomic(), open_tenant_scope(shop):
        found = find_code(code)
    return (shop, found) if found else None


@require_http_methods(METHODS)
def enter_code(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_bound and (refused := ratelimit.consume_or_429(request, action="join")):
        return cast("HttpResponse", refused)
    if form.is_bound and form.is_valid():
        shop, code = form.cleaned_data["shop"].strip(), form.cleaned_data["code"]
        if find_waiting(shop, code):
            request.session[SESSION_KEY] = [shop, code]
            return redirect("join_accept")
        form.add_error(
            None,
            _(
                "ショップIDかコードが違うか、期限が切れています。渡した方に確認してください。"
            ),
        )
    status = 422 if form.is_bound else 200
    return render(
        request, "administration/join/code.html", {"form": form}, status=status
    )


@require_safe
def open_link(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Take the code out of the address before a page is shown."""
    # allauth counts no GET unless it is asked to.
    if refused := ratelimit.consume_or_429(request, action="join", limit_get=True):
        return cast("HttpResponse", refused)
    if find_waiting(slug, code):
        request.session[SESSION_KEY] = [slug, code]
        return redirect("join_accept")
    return render(request, "administration/join/gone.html", status=410)


@require_http_methods(METHODS)
def accept_code(request: HttpRequest) -> HttpResponse:
    slug, code = request.session.get(SESSION_KEY) or ("", "")
    found = find_waiting(slug, code)
    if not found:
        return render(request, "administration/join/gone.html", status=410)
    shop, row = found
    if row.kind == AccessCode.Kind.RESET:
        return set_new_password(request, shop, row, code)
    if request.user.is_authenticated:
        return join_as_oneself(request, shop, row, code)
    return join_as_new(request, shop, row, code)


def set_new_password(
    request: HttpRequest, shop: Tenant, row: AccessCode, code: str
) -> HttpResponse:
    form = NewPasswordForm(request.POST or None)
    if form.is_bound and form.is_valid():
        password = form.cleaned_data["password1"]
        if run_in_shop(shop, form, use_reset, code, password) and row.operator:
            AccountAdapter(request).forget_failures(request, row.operator)
            return say_done(
                request,
                _("パスワードを変更しました。新しいパスワードでログインしてください。"),
            )
    context = {"form": form, "shop": shop, "name": row.name}
    status = 422 if form.is_bound else 200
    return render(request, "administration/join/password.html", context, status=status)


def join_as_oneself(
    request: HttpRequest, shop: Tenant, row: AccessCode, code: str
) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    operator = cast("Operator", request.user)
    if form.is_bound and run_in_shop(
        shop, form, accept_invitation, shop, code, operator
    ):
        request.session.pop(SESSION_KEY, None)
        return redirect(f"/t/{shop.slug}/")
    context = {"form": form, "shop": shop, "row": row}
    status = 422 if form.is_bound else 200
    return render(request, "administration/join/confirm.html", context, status=status)


def join_as_new(
    request: HttpRequest, shop: Tenant, row: AccessCode, code: str
) -> HttpResponse:
    form = JoinForm(request.POST or None, initial={"name": row.name})
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        args = (shop, code, values["login_id"], values["name"], values["password1"])
        if run_in_shop(shop, form, join_as_new_operator, *args):
            return say_done(
                request,
                _(
                    "「%(shop)s」に参加しました。登録したログインIDでログインしてください。"
                )
                % {"shop": shop.name},
            )
    context = {"form": form, "shop": shop, "row": row}
    status = 422 if form.is_bound else 200
    return render(request, "administration/join/join.html", context, status=status)


def run_in_shop(shop: Tenant, form: forms.Form, verb: Any, *args: Any) -> bool:
    """Return whether the verb accepted; a refusal is shown in the form."""
    try:
        with open_tenant_scope(shop):
            verb(*args)
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    return True


def say_done(request: HttpRequest, text: str) -> HttpResponse:
    request.session.pop(SESSION_KEY, None)
    messages.success(request, text)
    return redirect("account_login")
