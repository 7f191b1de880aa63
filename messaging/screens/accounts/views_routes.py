"""送信元の振り分け: the rules by which mails are divided among the accounts, in their order, and a test of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.accounts import mail_rules
from messaging.accounts.routes import load_mail_routes
from messaging.models import MailAccount, MailRoute
from messaging.screens.accounts.forms_routes import AccountChoice, RouteForm, TryForm
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT


@require_right(CONNECT)
def mail_routes(request: ShopRequest) -> HttpResponse:
    form = RouteForm(request.POST or None)
    if form.is_valid():
        mail_rules.save_mail_route(form.cleaned_data["domain"], form.chosen)
        messages.success(request, _("送信元の振り分けを保存しました。"))
        return redirect("messaging:mail_routes")
    return show_routes(request, form=form)


def show_routes(request: ShopRequest, **shown: Any) -> HttpResponse:
    default = find_default()
    initial = {"account": default.public_id if default else ""}
    form = shown.get("form")
    context = {
        "routes": mail_rules.list_mail_routes(),
        "default": default,
        "form": RouteForm(),
        "default_form": AccountChoice(initial=initial, prefix="default"),
        "try_form": TryForm(),
        "has_rakuten": MailAccount.objects.filter(kind=MailAccount.Kind.RAKUTEN).exists(),
        **shown,
    }  # fmt: skip
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "messaging/accounts/routes.html", context, status=status)


def find_default() -> MailAccount | None:
    return find_account_of(load_mail_routes().find_sender(""))


def find_account_of(sender_id: int | None) -> MailAccount | None:
    return MailAccount.objects.filter(sender=sender_id).first() if sender_id else None


@require_right(CONNECT)
@require_POST
def move_mail_route(request: ShopRequest, public_id: str) -> HttpResponse:
    route = get_object_or_404(MailRoute, public_id=public_id)
    mail_rules.move_mail_route(route, up=request.POST.get("to") == "up")
    return redirect("messaging:mail_routes")


@require_right(CONNECT)
@require_POST
def delete_mail_route(request: ShopRequest, public_id: str) -> HttpResponse:
    mail_rules.delete_mail_route(get_object_or_404(MailRoute, public_id=public_id))
    messages.success(request, _("送信元の振り分けを削除しました。"))
    return redirect("messaging:mail_routes")


@require_right(CONNECT)
@require_POST
def choose_default_account(request: ShopRequest) -> HttpResponse:
    form = AccountChoice(request.POST, prefix="default")
    if form.is_valid():
        mail_rules.choose_default_account(form.chosen)
        messages.success(request, _("既定のメールアカウントを保存しました。"))
        return redirect("messaging:mail_routes")
    return show_routes(request, default_form=form)


@require_right(CONNECT)
@require_POST
def try_mail_route(request: ShopRequest) -> HttpResponse:
    """Say from which account a mail to an address would go, and by which rule; nothing is sent."""
    form = TryForm(request.POST)
    shown: dict[str, Any] = {"try_form": form}
    if form.is_valid():
        rule = load_mail_routes().find_rule(form.cleaned_data["address"].strip())
        domain, sender = rule or ("", 0)
        shown |= {"tried": True, "by": domain, "account": find_account_of(sender)}
    return show_routes(request, **shown)
