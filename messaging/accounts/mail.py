"""Save, try out and describe a mail account."""

import asyncio

import aiosmtplib
from django.db import transaction
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.accounts.mail_rules import RAKUTEN_DOMAIN, save_mail_route
from messaging.channels.mail.channel import describe_account_server
from messaging.channels.mail.smtp import connect_to_server
from messaging.content.make import make_mail_content
from messaging.deliveries.booking import book_message
from messaging.models import Delivery, MailAccount, Sender
from operators import audit
from tenants.wakeups import wake

ERRORS: dict[str, str | Promise] = {
    "auth": gettext_lazy(
        "メールサーバーがログインIDとパスワードを受け付けません。入力し直してください。"
    ),
    "no_tls": gettext_lazy(
        "暗号化した接続ができませんでした。暗号化の方式とポート、サーバー名が証明書のとおりかを確かめてください。"
    ),
    "port": gettext_lazy("ポートは465か587です。"),
    "private_host": gettext_lazy(
        "このサーバーには接続できません。インターネットに公開されたSMTPサーバーの名前を入力してください。"
    ),
    "unknown_host": gettext_lazy(
        "このサーバーが見つかりません。メールサービスの案内にあるSMTPサーバーの名前を入力してください。"
    ),
    "crowded": gettext_lazy(
        "ほかの接続の確認がまだ終わっていません。10秒ほど待って、もう一度テストしてください。"
    ),
}


def describe_mail_error(code: str) -> str:
    unknown = _(
        "メールサーバーから応答がありません。サーバー名とポートを確かめ、数分待って、もう一度テストしてください。"
    )
    return str(ERRORS.get(code, unknown))


@transaction.atomic
def save_mail_account(account: MailAccount) -> MailAccount:
    """Save the account, record the change without its password, and wake the sender of an active one.

    A new one for 楽天市場 comes with the rule for its buyers' addresses.
    """
    is_new = not account.pk
    action = "mailaccount.made" if is_new else "mailaccount.changed"
    if not account.pk:
        account.sender = Sender.objects.create(kind=Sender.Kind.MAIL)
    account.save()
    audit.record_action(
        action, account, host=account.host, port=account.port, active=account.is_active
    )
    if is_new and account.is_rakuten:
        save_mail_route(RAKUTEN_DOMAIN, account)
    if account.is_active and not account.sender.paused_reason:
        wake(account.tenant, "messaging.dispatch", subject=account.sender_id)
    return account


def check_mail_account(account: MailAccount) -> None:
    """Connect to the server and log in. Raise FixSettings or TryLater, whichever the failure calls for."""
    server = describe_account_server(account)

    async def connect() -> None:
        smtp = await connect_to_server(server)
        try:
            await smtp.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()

    asyncio.run(connect())


def mark_mail_account_checked(account: MailAccount) -> None:
    MailAccount.objects.filter(pk=account.pk).update(checked_at=Now())


def book_test_mail(account: MailAccount, address: str) -> Delivery:
    """Book a mail to an operator that says that the account works."""
    content = make_mail_content(
        _("テストメール"),
        _("このメールが届いていれば、メールアカウント「%(name)s」から送信できます。")
        % {"name": account.name},
    )
    return book_message(
        account.tenant,
        source=Delivery.Source.TEST,
        content=content,
        address=address,
        sender=account.sender,
    )
