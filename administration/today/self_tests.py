"""What the button テスト of the checklist does: each item tried out now, with cause and remedy where it fails."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from forms_builder.models import Form, Submission
from members.models import Member
from members.screens.profile.registry import collect_link_reasons
from messaging.accounts.check import CheckResult, check_line_account
from messaging.accounts.connections import find_source
from messaging.models import LineAccount
from messaging.screens.accounts.views import check_webhook

CONTACTS = ("phone", "email")


def find_account() -> LineAccount | None:
    accounts = LineAccount.objects.filter(is_active=True).select_related(
        "tenant", "sender"
    )
    return accounts.order_by("created_at").first()


def list_answers() -> Any:
    """Return the answers that came by LINE; LINE said who they are from."""
    return Submission.objects.filter(
        is_test=False, way=Submission.Way.LINE, member__isnull=False
    )


def build_source_test(slug: str) -> Callable[[], CheckResult]:
    """Return a test of every connection of this kind; the first that fails is told."""

    def run() -> CheckResult:
        source = find_source(slug)
        rows = [row for row in source.rows() if row.is_on] if source else []
        result = CheckResult("warn", _("まだ登録されていません。"))
        for row in rows:
            if source and source.check:
                result = source.check(row.key)
                if result.kind != "ok":
                    return result
        return result

    return run


def try_webhook() -> CheckResult:
    """Have LINE send a webhook to the address that is registered there."""
    account = find_account()
    if account is None:
        return CheckResult("warn", _("先にLINE公式アカウントをつないでください。"))
    return check_line_account(account, check_webhook)


def explain_liff(account: LineAccount | None) -> str:
    """Return what is wrong with the LIFF app as it is registered; "" where it fits its login channel."""
    if account is None:
        return _("先にLINE公式アカウントをつないでください。")
    if not account.login_channel_id or not account.liff_id:
        return _("LINEログインのチャネルIDとLIFF IDを入力してください。")
    if not account.liff_id.startswith(f"{account.login_channel_id}-"):
        return _(
            "LIFF IDがLINEログインのチャネルIDで始まっていません。"
            "そのチャネルの「LIFF」にあるIDを入力してください。"
        )
    if account.login_channel_id == account.channel_id:
        return _(
            "LINEログインのチャネルIDが、Messaging APIのチャネルIDと同じです。"
            "LINEログインのチャネルを作成してください。"
        )
    return ""


def try_liff() -> CheckResult:
    trouble = explain_liff(find_account())
    if trouble:
        return CheckResult("bad", trouble)
    return CheckResult("ok", _("LIFF IDは、LINEログインのチャネルのものです。"))


def try_form() -> CheckResult:
    """Look whether customers find a form that asks for what the cart knows them by."""
    forms = Form.objects.filter(kind=Form.Kind.IDENTITY, is_open=True)
    if not forms.exists():
        return CheckResult("bad", _("受付中の本人確認フォームがありません。"))
    if not forms.filter(fields__kind__in=CONTACTS).exists():
        return CheckResult(
            "bad", _("フォームに、電話番号かメールアドレスの質問を追加してください。")
        )
    return CheckResult("ok", _("本人確認フォームは受付中です。"))


def try_login_channel() -> CheckResult:
    """Tell whether those whom the login channel knows are friends of the account: LINE's ids differ by provider."""
    answers = list_answers()
    if answers.filter(member__line_state=Member.LineState.FRIEND).exists():
        return CheckResult(
            "ok",
            _(
                "2つのチャネルは同じプロバイダーのものです。友だちの回答が届いています。"
            ),
        )
    if answers.exists():
        return CheckResult(
            "bad",
            _(
                "回答は届きましたが、答えた人が友だちの中に見つかりません。"
                "友だちになってから答えたのなら、LINEログインのチャネルが別のプロバイダーのものです。"
                "Messaging APIと同じプロバイダーに作り直してください。"
            ),
        )
    return CheckResult(
        "warn",
        _("まだ回答がありません。自分のLINEで友だちになり、フォームに答えてください。"),
    )


def try_link() -> CheckResult:
    """Say of the friend who answered last whether they are linked, and else why not."""
    newest = list_answers().select_related("member").order_by("-received_at").first()
    if newest is None or newest.member is None:
        return try_login_channel()
    if newest.member.link_state == Member.LinkState.LINKED:
        return CheckResult(
            "ok", _("最後に答えた友だちは、カートの顧客と連携しています。")
        )
    why = collect_link_reasons([newest.member]).get(newest.member.pk, "")
    text = _("最後に答えた友だちは、まだ連携していません。%(why)s") % {"why": why}
    return CheckResult("warn", text.strip())
