"""カート連携 › 注文メール › 受信アカウント."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cartsync.screens.ordermail.forms import MailboxForm
from cartsync.screens.ordermail.tabs import list_tabs
from messaging.mailboxes.manage import save_mailbox
from messaging.mailboxes.poll import check_mailbox
from messaging.mailboxes.troubles import describe_trouble
from messaging.models import Mailbox
from messaging.receiver.addresses import build_own_address
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError

METHODS = ["GET", "HEAD", "POST"]


@require_right(SETTINGS)
@require_safe
def mailboxes(request: ShopRequest) -> HttpResponse:
    rows = list(Mailbox.objects.order_by("name", "pk"))
    shown = [
        {
            "mailbox": row,
            "state": describe_state(row),
            "why": describe_trouble(row.stopped_reason or row.trouble),
        }
        for row in rows
    ]
    context = {"mailboxes": shown, "pages": list_tabs("cartsync:mailboxes")}
    return render(request, "cartsync/ordermail/accounts.html", context)


def describe_state(mailbox: Mailbox) -> tuple[str, str]:
    if not mailbox.is_active:
        return "neutral", _("無効")
    if mailbox.stopped_reason:
        return "bad", _("停止中")
    if mailbox.kind == Mailbox.Kind.OWN and not mailbox.worked_at:
        return "busy", _("最初のメールを待っています")
    if mailbox.trouble:
        return "warn", _("やり直し中")
    return (
        ("ok", _("受信中"))
        if mailbox.worked_at
        else ("busy", _("最初の受信を待っています"))
    )


@require_right(SETTINGS)
@require_http_methods(METHODS)
@require_confirmation(when=lambda request: "check" not in request.POST)
def mailbox_new(request: ShopRequest) -> HttpResponse:
    start = {"kind": "imap", "security": "tls", "folder": "INBOX", "port": ""}
    form = MailboxForm(request.POST or None, initial=start)
    return answer_form(request, form)


@require_right(SETTINGS)
@require_http_methods(METHODS)
@require_confirmation(when=lambda request: "check" not in request.POST)
def mailbox(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Mailbox.objects, public_id=public_id)
    return answer_form(request, MailboxForm(request.POST or None, instance=found))


def answer_form(request: ShopRequest, form: MailboxForm) -> HttpResponse:
    """Show the form, try its settings out, or save them."""
    checked = None
    if request.method == "POST" and form.is_valid():
        if "check" not in request.POST:
            saved = save_mailbox(form.save(commit=False))
            if saved.kind == Mailbox.Kind.OWN:
                messages.success(request, _("受信アカウントを保存しました。"))
                return redirect("cartsync:mailbox", saved.public_id)
            messages.success(
                request, _("受信アカウントを保存しました。1〜2分ごとに受信します。")
            )
            return redirect("cartsync:mailboxes")
        checked = try_settings(form)
    stored = form.instance if form.instance.pk else None
    is_own = stored and stored.kind == Mailbox.Kind.OWN
    context = {
        "form": form,
        "checked": checked,
        "stored": bool(stored),
        "address": build_own_address(stored) if stored and is_own else "",
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "cartsync/ordermail/account.html", context, status=status)


def try_settings(form: MailboxForm) -> dict[str, Any]:
    """Log in with what was typed; nothing is stored."""
    trial = form.save(commit=False)
    try:
        with hold_place_to_check():
            count = check_mailbox(trial)
    except OutboundError as error:
        return {
            "kind": "bad",
            "title": _("接続できませんでした"),
            "text": describe_trouble(error.code),
        }
    text = _("フォルダーに%(n)s通のメールがあります。まだ保存していません。") % {
        "n": count
    }
    return {"kind": "ok", "title": _("接続できました"), "text": text}
