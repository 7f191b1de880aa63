"""The help desk among what the shop is connected to."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from helpdesk.manage import switch_help_desk
from helpdesk.models import HelpDesk
from messaging.accounts.connections import Connection, Source


def list_help_desks() -> list[Connection]:
    """Return the one help desk, once anything of it was stored."""
    desk = HelpDesk.objects.first()
    if desk is None:
        return []
    state = ("ok", _("有効")) if desk.is_shown else ("neutral", _("無効"))
    if desk.is_active and not desk.is_shown:
        state = ("warn", _("値が未入力"))
    environment = _("本番") if desk.is_live else _("テスト")
    seen = [at for at in (desk.members_seen_at, desk.orders_seen_at) if at]
    return [
        Connection(
            str(desk.product.label),
            environment,
            reverse("helpdesk:setup"),
            state,
            max(seen, default=None),
            key=str(desk.pk),
            is_on=desk.is_active,
        )
    ]


def switch_connection(key: str, on: bool) -> None:
    """Switch the shop's one help desk; its values stay."""
    HelpDesk.objects.get(pk=int(key) if key.isascii() and key.isdigit() else 0)
    switch_help_desk(on)


HELP_DESK = Source(
    "helpdesk",
    _("ヘルプデスク"),
    _("最後の検索"),
    list_help_desks,
    _("ヘルプデスクを設定"),
    "helpdesk:setup",
    _("問い合わせを管理するサービスとつなぐと、会員のページと受信箱を行き来できます。"),
    switch_connection,
)
