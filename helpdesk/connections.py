"""The help desk among what the shop is connected to."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.numbers import parse_number
from helpdesk.manage import store_trouble, switch_help_desk
from helpdesk.models import HelpDesk
from messaging.accounts.check import CheckResult
from messaging.accounts.connections import Connection, Source
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError
from outbound.http import Http

LONGEST_CHECK = 8.0  # seconds
# A help desk gives a stranger a page or a login, never JSON: these say that it is there.
ANSWERED = {"unreadable", "redirected", "refused", "forbidden", "too_large"}
TROUBLES = {
    "unknown_host": _(
        "接続先URLのドメインが見つかりません。つづりを確かめてください。"
    ),
    "insecure": _(
        "接続先URLが安全ではありません。https:// で始まる、公開されているドメインを入れてください。"
    ),
    "not_found": _(
        "接続先URLにページがありません。アドレスバーのURLを入れ直してください。"
    ),
    "crowded": _(
        "ほかの接続の確認がまだ終わっていません。10秒ほど待って、もう一度テストしてください。"
    ),
}
NO_ANSWER = _(
    "接続先URLから応答がありません。数分待って、もう一度テストしてください。続くときはURLを確かめてください。"
)


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
            describe_trouble(desk.trouble) if desk.trouble else "",
            key=str(desk.pk),
            is_on=desk.is_active,
        )
    ]


def describe_trouble(code: str) -> str | Promise:
    return TROUBLES.get(code, NO_ANSWER)


def find_help_desk(key: str) -> HelpDesk:
    return HelpDesk.objects.get(pk=parse_number(key) or 0)


def switch_connection(key: str, on: bool) -> None:
    """Switch the shop's one help desk; its values stay."""
    find_help_desk(key)
    switch_help_desk(on)


def check_connection(key: str) -> CheckResult:
    """Call the address in use, and say which of the look-ups has come from the help desk since its values changed.

    Whether it finds anybody can only be seen there: it is the help desk that asks us.
    """
    desk = find_help_desk(key)
    names = {"name": desk.product.label, "url": desk.base}
    if not desk.base:
        text = gettext("「%(name)s」の接続先URLが未入力です。設定で入力してください。")
        return CheckResult("warn", text % names)
    code = call_help_desk(desk.base)
    if code != "crowded":
        store_trouble(desk, code)
    if code:
        return CheckResult("bad", f"{desk.product.label}：{describe_trouble(code)}")
    text = gettext("「%(name)s」の接続先（%(url)s）から応答がありました。") % names
    if missing := list_unseen_lookups(desk):
        rest = gettext(
            "%(what)sは、まだ「%(name)s」から開かれていません。設定の手順で動作を確認してください。"
        )
        what = gettext("・").join(str(each) for each in missing)
        return CheckResult("warn", text + rest % {**names, "what": what})
    return CheckResult(
        "ok", text + gettext("会員と受注の検索も、そこから開かれています。")
    )


def call_help_desk(base: str) -> str:
    """Return what went wrong when its address was called; "" where anything answers."""
    try:
        with hold_place_to_check():
            Http(base, seconds=LONGEST_CHECK).get("/", [], {})
    except OutboundError as error:
        return "" if error.code in ANSWERED else error.code
    return ""


def list_unseen_lookups(desk: HelpDesk) -> list[str | Promise]:
    """Return the look-ups by which nobody has come yet."""
    lookups = (
        (desk.members_seen_at, _("会員検索")),
        (desk.orders_seen_at, _("受注検索")),
    )
    return [label for seen_at, label in lookups if not seen_at]


HELP_DESK = Source(
    "helpdesk",
    _("ヘルプデスク"),
    _("最後の検索"),
    list_help_desks,
    _("ヘルプデスクを設定"),
    "helpdesk:setup",
    _("問い合わせを管理するサービスとつなぐと、会員のページと受信箱を行き来できます。"),
    switch_connection,
    check_connection,
)
