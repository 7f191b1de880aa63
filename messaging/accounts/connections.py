"""What the shop is connected to. LINE is ours; apps above hand in theirs (messaging/extension.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.deliveries.reasons import describe_reason
from messaging.extension import extensions
from messaging.models import LineAccount

Words = str | Promise


@dataclass(frozen=True)
class Connection:
    """One row of the page: ``state`` is a badge (kind, label), ``trouble`` the last error with its remedy."""

    name: str
    note: Words
    url: str
    state: tuple[str, Words]
    worked_at: datetime | None = None
    trouble: Words = ""


@dataclass(frozen=True)
class Source:
    """One kind of connection; ``rows`` is called inside a request of the shop."""

    slug: str
    label: Words
    worked_label: Words
    rows: Callable[[], Sequence[Connection]]
    add_label: Words
    add_url_name: str
    empty: Words

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
)


def list_sources() -> list[Source]:
    """Return every kind of connection, of each app in turn."""
    return [source for each in extensions.values() for source in each.connections]
