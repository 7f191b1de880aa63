"""メールアカウント: what the shop's mails go out from, their state, and tests."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.accounts import mail
from messaging.deliveries.reasons import describe_reason
from messaging.models import MailAccount, Sender
from messaging.screens.accounts.forms_mail import READY, MailAccountForm
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT
from outbound.concurrency import hold_place_to_check
from outbound.errors import FixSettings, TryLater


@require_right(CONNECT)
@require_safe
def mail_accounts(request: ShopRequest) -> HttpResponse:
    accounts = MailAccount.objects.select_related("sender").order_by("name", "pk")
    context = {"accounts": accounts, "paused": list(Sender.objects.paused())}
    return render(request, "messaging/accounts/mail_list.html", context)


@require_right(CONNECT)
@require_confirmation()
def new_mail_account(request: ShopRequest) -> HttpResponse:
    ready = READY.get(request.GET.get("ready", ""), {})
    form = MailAccountForm(request.POST or None, initial=ready)
    if form.is_valid():
        account = mail.save_mail_account(form.fill(MailAccount()))
        messages.success(
            request,
            _("メールアカウントを追加しました。「接続をテスト」で確かめてください。"),
        )
        return redirect("messaging:mail_account", account.public_id)
    return render(
        request,
        "messaging/accounts/mail_form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


def get_mail_account_or_404(public_id: str) -> MailAccount:
    accounts = MailAccount.objects.select_related("tenant", "sender")
    return get_object_or_404(accounts, public_id=public_id)


@require_right(CONNECT)
@require_confirmation()
def mail_account(request: ShopRequest, public_id: str) -> HttpResponse:
    account = get_mail_account_or_404(public_id)
    initial = MailAccountForm.initial_of(account)
    form = MailAccountForm(request.POST or None, account=account, initial=initial)
    if form.is_valid():
        mail.save_mail_account(form.fill(account))
        messages.success(request, _("メールアカウントの設定を保存しました。"))
        return redirect("messaging:mail_account", public_id)
    return render(
        request,
        "messaging/accounts/mail_form.html",
        build_mail_context(account, form),
        status=422 if form.is_bound else 200,
    )


def build_mail_context(
    account: MailAccount, form: MailAccountForm, **more: Any
) -> dict[str, Any]:
    stopped = describe_reason(account.sender.paused_reason, channel="mail")
    return {"account": account, "form": form, "stopped": stopped, **more}


@require_right(CONNECT)
@require_POST
def test_mail_account(request: ShopRequest, public_id: str) -> HttpResponse:
    """Log in at the server, or send the operator a mail."""
    account = get_mail_account_or_404(public_id)
    if request.POST.get("what") == "mail":
        result = send_own_test(request, account)
    else:
        result = check_server(account)
    form = MailAccountForm(account=account, initial=MailAccountForm.initial_of(account))
    context = build_mail_context(account, form, result=result)
    return render(request, "messaging/accounts/mail_form.html", context)


def send_own_test(request: ShopRequest, account: MailAccount) -> dict[str, Any]:
    if account.is_rakuten:
        text = _(
            "楽天あんしんメルアドからは、購入者以外には送れません。「接続をテスト」でログインだけを確かめてください。"
        )
        return {"kind": "warn", "text": text}
    address = request.user.email or ""
    if not address:
        text = _(
            "あなたのメールアドレスが登録されていません。プロフィールで登録してください。"
        )
        return {"kind": "warn", "text": text}
    mail.book_test_mail(account, address)
    text = _(
        "%(address)sにテストメールを送ります。届かないときは、送信ログを確認してください。"
    )
    return {"kind": "ok", "text": text % {"address": address}}


def check_server(account: MailAccount) -> dict[str, Any]:
    try:
        with hold_place_to_check():
            mail.check_mail_account(account)
    except (FixSettings, TryLater) as error:
        kind = "bad" if isinstance(error, FixSettings) else "warn"
        return {"kind": kind, "text": mail.describe_mail_error(error.code)}
    mail.mark_mail_account_checked(account)
    return {"kind": "ok", "text": _("メールサーバーに接続し、ログインできました。")}
