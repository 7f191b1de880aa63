"""LINE accounts: their settings, their state, and tests of both directions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.accounts import connections, manage, pause
from messaging.channels.line import client
from messaging.channels.line.errors import LineRefused
from messaging.channels.line.links import build_liff_endpoint, build_webhook_url
from messaging.deliveries.reasons import describe_reason
from messaging.models import LineAccount, Sender
from messaging.screens.accounts.forms import AccountForm
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, SEND
from outbound.errors import TryLater
from outbound.places import hold_place_to_check


@require_right(CONNECT)
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
    what = "webhook" if request.POST.get("what") == "webhook" else "bot"
    try:
        with hold_place_to_check():
            result = check_webhook(account) if what == "webhook" else check_bot(account)
    except LineRefused as refused:
        text = _(
            "LINEが受け付けませんでした：%(said)s チャネルIDとシークレット（またはトークン）を確かめてください。"
        )
        result = {"kind": "bad", "text": text % {"said": refused.message}}
    except TryLater as error:
        text = (
            _(
                "ほかの接続の確認がまだ終わっていません。10秒ほど待って、もう一度テストしてください。"
            )
            if error.code == "crowded"
            else _("LINEから応答がありません。数分待って、もう一度テストしてください。")
        )
        result = {"kind": "warn", "text": text}
    form = AccountForm(account=account, initial=AccountForm.initial_of(account))
    return render(
        request,
        "messaging/accounts/account.html",
        build_account_context(account, form, result=result),
    )


def check_bot(account: LineAccount) -> dict[str, Any]:
    info, quota = client.fetch_bot_info(account), client.fetch_quota(account)
    text = _("「%(name)s」（%(id)s）に接続できました。") % {
        "name": info.name,
        "id": info.basic_id,
    }
    return {"kind": "ok", "text": text, "quota": quota}


def check_webhook(account: LineAccount) -> dict[str, Any]:
    outcome = client.request_webhook_test(account, build_webhook_url(account))
    if outcome.ok:
        return {"kind": "ok", "text": _("LINEからのWebhookが届きました。")}
    text = _(
        "LINEからのWebhookが届きません（%(reason)s %(status)s）。Webhook URLとチャネルシークレットを確かめてください。"
    )
    return {
        "kind": "bad",
        "text": text % {"reason": outcome.reason, "status": outcome.status or ""},
    }


@require_right(SEND)
@require_POST
def resume(request: ShopRequest, public_id: str) -> HttpResponse:
    sender = get_object_or_404(Sender.objects.with_accounts(), public_id=public_id)
    pause.resume_sender(sender)
    messages.success(
        request, _("「%(name)s」の送信を再開しました。") % {"name": sender.name}
    )
    return redirect("messaging:deliveries")
