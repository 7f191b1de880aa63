"""Try the settings of a connection out, and say what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.channels.line import client
from messaging.channels.line.errors import LineRefused
from messaging.models import LineAccount
from outbound.concurrency import hold_place_to_check
from outbound.errors import TryLater


@dataclass(frozen=True)
class CheckResult:
    """``kind`` is that of an alert: ok, warn or bad. ``left``: messages left this month, where LINE tells."""

    kind: str
    text: str
    quota: client.Quota | None = None


def check_line_account(
    account: LineAccount, check: Callable[[LineAccount], CheckResult] | None = None
) -> CheckResult:
    """Ask LINE whose token it is, or run another check of the account; tell of what went wrong."""
    try:
        with hold_place_to_check():
            return (check or ask_for_bot)(account)
    except LineRefused as refused:
        text = _(
            "LINEが受け付けませんでした：%(said)s チャネルIDとシークレット（またはトークン）を確かめてください。"
        )
        return CheckResult("bad", text % {"said": refused.message})
    except TryLater as error:
        text = (
            _(
                "ほかの接続の確認がまだ終わっていません。10秒ほど待って、もう一度テストしてください。"
            )
            if error.code == "crowded"
            else _("LINEから応答がありません。数分待って、もう一度テストしてください。")
        )
        return CheckResult("warn", text)


def ask_for_bot(account: LineAccount) -> CheckResult:
    """Ask LINE to whom the token belongs and what is left of the month."""
    info, quota = client.fetch_bot_info(account), client.fetch_quota(account)
    text = _("「%(name)s」（%(id)s）に接続できました。") % {
        "name": info.name,
        "id": info.basic_id,
    }
    return CheckResult("ok", text, quota)
