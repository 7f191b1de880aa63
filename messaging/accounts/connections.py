"""What the shop is connected to. LINE and mail are ours; apps above hand in theirs (messaging/extension.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.accounts.check import CheckResult, check_line_account
from messaging.accounts.mail import (
    check_mail_account,
    describe_mail_error,
    mark_mail_account_checked,
    save_mail_account,
)
from messaging.accounts.manage import switch_account
from messaging.deliveries.reasons import describe_reason
from messaging.extension import extensions
from messaging.models import LineAccount, MailAccount
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError

Words = str | Promise


@dataclass(frozen=True)
class Connection:
    """One row of the page: ``state`` is a badge (kind, label), ``trouble`` the last error with its remedy.

    ``key`` names it to the ``switch`` and the ``check`` of its source; ``is_on``: 有効 or 無効.
    """

    name: str
    note: Words
    url: str
    state: tuple[str, Words]
    worked_at: datetime | None = None
    trouble: Words = ""
    key: str = ""
    is_on: bool = True


@dataclass(frozen=True)
class Source:
    """One kind of connection; ``rows`` is called inside a request of the shop.

    ``switch(key, on)`` switches one of them on or off and keeps its settings; ``check(key)`` tries its settings out.
    Both raise ObjectDoesNotExist for a key of nothing.
    """

    slug: str
    label: Words
    worked_label: Words
    rows: Callable[[], Sequence[Connection]]
    add_label: Words
    add_url_name: str
    empty: Words
    switch: Callable[[str, bool], None] | None = None
    check: Callable[[str], CheckResult] | None = None

    # Templates call what can be called, so they ask these.
    @property
    def is_switchable(self) -> bool:
        return self.switch is not None

    @property
    def is_checkable(self) -> bool:
        return self.check is not None

    @property
    def add_url(self) -> str:
        return reverse(self.add_url_name)


def list_line_connections() -> list[Connection]:
    return [
        Connection(
            account.name,
            account.basic_id,
            reverse("messaging:account", args=[account.public_id]),
            describe_line_state(account),
            account.last_webhook_at,
            describe_reason(account.sender.paused_reason),
            account.public_id,
            account.is_active,
        )
        for account in LineAccount.objects.select_related("sender").order_by(
            "name", "pk"
        )
    ]


def describe_line_state(account: LineAccount) -> tuple[str, Promise]:
    if not account.is_active:
        return "neutral", _("無効")
    if account.sender.paused_reason:
        return "bad", _("送信停止中")
    return (
        ("ok", _("有効")) if account.last_webhook_at else ("warn", _("Webhook未受信"))
    )


LINE = Source(
    "line",
    _("LINE公式アカウント"),
    _("最後のWebhook"),
    list_line_connections,
    _("LINEアカウントを追加"),
    "messaging:new_account",
    _(
        "LINE公式アカウントをつなぐと、友だちが会員リストに加わり、メッセージを送れるようになります。"
    ),
    lambda key, on: switch_account(LineAccount.objects.get(public_id=key), on),
    lambda key: check_line_account(
        LineAccount.objects.select_related("tenant", "sender").get(public_id=key)
    ),
)


def list_mail_connections() -> list[Connection]:
    return [
        Connection(
            account.name,
            account.from_email,
            reverse("messaging:mail_account", args=[account.public_id]),
            describe_mail_state(account),
            account.checked_at,
            describe_reason(account.sender.paused_reason, channel="mail"),
            account.public_id,
            account.is_active,
        )
        for account in MailAccount.objects.select_related("sender").order_by(
            "name", "pk"
        )
    ]


def describe_mail_state(account: MailAccount) -> tuple[str, Promise]:
    if not account.is_active:
        return "neutral", _("無効")
    if account.sender.paused_reason:
        return "bad", _("送信停止中")
    return ("ok", _("有効")) if account.checked_at else ("warn", _("接続を未確認"))


def switch_mail_account(key: str, on: bool) -> None:
    """Switch a mail account on or off. Off means that nothing goes out from it."""
    account = MailAccount.objects.select_related("sender").get(public_id=key)
    account.is_active = on
    save_mail_account(account)


def try_mail_account(key: str) -> CheckResult:
    """Log in at the server with the settings that are stored; nothing is sent."""
    account = MailAccount.objects.select_related("tenant", "sender").get(public_id=key)
    try:
        with hold_place_to_check():
            check_mail_account(account)
    except OutboundError as error:
        text = f"{account.name}：{describe_mail_error(error.code)}"
        return CheckResult("bad", text)
    mark_mail_account_checked(account)
    text = gettext("「%(name)s」のメールサーバーに接続し、ログインできました。")
    return CheckResult("ok", text % {"name": account})


MAIL = Source(
    "mail",
    _("メールアカウント"),
    _("最後の接続確認"),
    list_mail_connections,
    _("メールアカウントを追加"),
    "messaging:new_mail_account",
    _("メールを送るSMTPサーバーです。"),
    switch_mail_account,
    try_mail_account,
)


def find_source(slug: str) -> Source | None:
    return next((source for source in list_sources() if source.slug == slug), None)


def list_sources() -> list[Source]:
    """Return every kind of connection, of each app in turn."""
    return [source for each in extensions.values() for source in each.connections]
