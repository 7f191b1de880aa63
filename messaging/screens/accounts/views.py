"""LINE accounts: their settings, their state, and tests of both directions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.accounts import connections, manage, pause
from messaging.accounts.check import CheckResult, check_line_account
from messaging.channels.line import client
from messaging.channels.line.links import build_liff_endpoint, build_webhook_url
from messaging.deliveries.reasons import describe_reason
from messaging.models import LineAccount, Sender
from messaging.screens.accounts.forms import AccountForm
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, SEND


@require_right(CONNECT)
@require_safe
def account_list(request: ShopRequest) -> HttpResponse:
    sources = [(source, source.rows()) for source in connections.list_sources()]
    return render(request, "messaging/accounts/list.html", {"sources": sources})


@require_right(CONNECT)
@require_confirmation()
def new(request: ShopRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if form.is_valid():
        account = manage.save_account(form.fill(LineAccount()))
        messages.success(
            request,
            _(
                "LINEアカウントを追加しました。次に、Webhook URLをLINEに登録してください。"
            ),
        )
        return redirect("messaging:account", account.public_id)
    return render(
        request,
        "messaging/accounts/form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


def get_account_or_404(public_id: str) -> LineAccount:
    return get_object_or_404(
        LineAccount.objects.select_related("tenant", "sender"), public_id=public_id
    )


@require_right(CONNECT)
@require_confirmation()
def account(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show and save the settings; LINE isn't asked, because the page must not wait for it."""
    account = get_account_or_404(public_id)
    form = AccountForm(
        request.POST or None, account=account, initial=AccountForm.initial_of(account)
    )
    if form.is_valid():
        manage.save_account(form.fill(account))
        messages.success(request, _("LINEアカウントの設定を保存しました。"))
        return redirect("messaging:account", public_id)
    return render(
        request,
        "messaging/accounts/account.html",
        build_account_context(account, form),
        status=422 if form.is_bound else 200,
    )


def build_account_context(
    account: LineAccount, form: AccountForm, **more: Any
) -> dict[str, Any]:
    return {
        "account": account,
        "form": form,
        "webhook_url": build_webhook_url(account),
        "liff_endpoint": build_liff_endpoint(account),
        "stopped": describe_reason(account.sender.paused_reason),
        **more,
    }


@require_right(CONNECT)
@require_POST
def test(request: ShopRequest, public_id: str) -> HttpResponse:
    """Ask LINE to whom the token belongs and what is left of the month, or whether it reaches the webhook."""
    account = get_account_or_404(public_id)
    to_webhook = request.POST.get("what") == "webhook"
    result = check_line_account(account, check_webhook if to_webhook else None)
    form = AccountForm(account=account, initial=AccountForm.initial_of(account))
    return render(
        request,
        "messaging/accounts/account.html",
        build_account_context(account, form, result=result),
    )


def check_webhook(account: LineAccount) -> CheckResult:
    outcome = client.request_webhook_test(account, build_webhook_url(account))
    if outcome.ok:
        return CheckResult("ok", _("LINEからのWebhookが届きました。"))
    text = _(
        "LINEからのWebhookが届きません（%(reason)s %(status)s）。Webhook URLとチャネルシークレットを確かめてください。"
    )
    return CheckResult(
        "bad", text % {"reason": outcome.reason, "status": outcome.status or ""}
    )


@require_right(CONNECT)
@require_POST
def connection(request: ShopRequest) -> HttpResponse:
    """Switch one of the connections, of whatever app, or try its settings out; what came of it is told on the list."""
    source = connections.find_source(request.POST.get("source", ""))
    key, what = request.POST.get("key", ""), request.POST.get("do", "")
    if not key:
        return redirect("messaging:accounts")
    if not source:
        raise Http404
    try:
        if what == "check" and source.check:
            result = source.check(key)
            tell = messages.success if result.kind == "ok" else messages.error
            tell(request, result.text)
        elif what in ("on", "off") and source.switch:
            source.switch(key, what == "on")
            said = (
                _("有効にしました。")
                if what == "on"
                else _("無効にしました。設定は残っています。")
            )
            messages.success(request, said)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    return redirect("messaging:accounts")


@require_right(SEND)
@require_POST
def resume(request: ShopRequest, public_id: str) -> HttpResponse:
    sender = get_object_or_404(Sender.objects.with_accounts(), public_id=public_id)
    pause.resume_sender(sender)
    messages.success(
        request, _("「%(name)s」の送信を再開しました。") % {"name": sender.name}
    )
    return redirect("messaging:deliveries")
