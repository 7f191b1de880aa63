"""初期設定チェックリスト: what a shop must have until its first friend is linked, each proven by what happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from administration.today.self_tests import (
    build_source_test,
    explain_liff,
    find_account,
    try_form,
    try_liff,
    try_link,
    try_login_channel,
    try_webhook,
)
from cartsync.models import Cart, Link, SyncRun
from forms_builder.models import Form, Submission
from members.models import Member
from messaging.accounts.check import CheckResult
from messaging.models import MailAccount
from operators.roles import CONNECT, EDIT, VIEW


@dataclass(frozen=True)
class Proof:
    """Whether it is done, since when (None where nothing keeps that), and the page on which it is done or tried."""

    is_done: bool
    page: str
    args: tuple[object, ...] = ()
    at: datetime | None = None

    @property
    def url(self) -> str:
        return reverse(self.page, urlconf="config.urls_console", args=self.args)


@dataclass(frozen=True)
class Item:
    """One thing to be done. ``how``: what to do, and what proves it. ``guide``: its page of help.

    ``slug`` names it to the button テスト, which calls ``test`` (administration/today/self_tests.py).
    """

    slug: str
    label: str | Promise
    how: str | Promise
    right: str
    guide: str
    prove: Callable[[], Proof]
    test: Callable[[], CheckResult]


@dataclass(frozen=True)
class Line:
    """An item with its proof, as it stands on the page."""

    item: Item
    proof: Proof
    may_do: bool
    result: CheckResult | None = None


def prove_channel() -> Proof:
    account = find_account()
    if account is None:
        return Proof(False, "messaging:new_account")
    return Proof(True, "messaging:account", (account.public_id,), account.created_at)


def prove_webhook() -> Proof:
    account = find_account()
    if account is None:
        return Proof(False, "messaging:new_account")
    at = account.last_webhook_at
    return Proof(bool(at), "messaging:account", (account.public_id,), at)


def prove_liff() -> Proof:
    account = find_account()
    if account is None:
        return Proof(False, "messaging:new_account")
    is_done = not explain_liff(account)
    return Proof(is_done, "messaging:account", (account.public_id,))


def prove_form() -> Proof:
    form = Form.objects.filter(kind=Form.Kind.IDENTITY, is_open=True).first()
    if form is None:
        return Proof(False, "forms_builder:list")
    return Proof(True, "forms_builder:form", (form.public_id,), form.created_at)


def prove_login_channel() -> Proof:
    """Prove by a friend of the Messaging channel whom the LIFF app recognised that both are of one provider.

    LINE gives a person one user id for all channels of a provider, and another for each other provider.
    """
    friends = Submission.objects.filter(
        is_test=False, member__line_state=Member.LineState.FRIEND
    )
    newest = friends.aggregate(at=Max("received_at"))["at"]
    return Proof(bool(newest), "forms_builder:list", at=newest)


def prove_mail() -> Proof:
    accounts = MailAccount.objects.filter(is_active=True, checked_at__isnull=False)
    newest = accounts.aggregate(at=Max("checked_at"))["at"]
    return Proof(bool(newest), "messaging:mail_accounts", at=newest)


def prove_cart() -> Proof:
    if not Cart.objects.active().exists():
        return Proof(False, "cartsync:kinds")
    run = SyncRun.objects.successes().first()
    return Proof(bool(run), "cartsync:carts", at=run.started_at if run else None)


def prove_link() -> Proof:
    first = Link.objects.current().order_by("linked_at").first()
    return Proof(bool(first), "members:list", at=first.linked_at if first else None)


ITEMS = (
    Item(
        "channel",
        _("LINE公式アカウントをつなぐ"),
        _("LINE Developersの画面から、チャネルIDとチャネルシークレットを登録します。"),
        CONNECT,
        "line",
        prove_channel,
        build_source_test("line"),
    ),
    Item(
        "webhook",
        _("Webhookを受け取る"),
        _("Webhook URLをLINEに登録し、「Webhookをテスト」を押します。最初のWebhookが届くと完了です。"),
        CONNECT,
        "line",
        prove_webhook,
        try_webhook,
    ),
    Item(
        "liff",
        _("LIFFアプリを登録する"),
        _("同じプロバイダーにLINEログインのチャネルとLIFFアプリを作り、チャネルIDとLIFF IDを登録します。"),
        CONNECT,
        "line",
        prove_liff,
        try_liff,
    ),
    Item(
        "form",
        _("本人確認フォームを公開する"),
        _("コンテンツ › LIFFで、電話番号かメールアドレスを尋ねるフォームを作成し、受付中にします。"),
        EDIT,
        "form",
        prove_form,
        try_form,
    ),
    Item(
        "login",
        _("友だちがフォームに答える"),
        _("自分のLINEで友だちになり、フォームに答えます。LINEログインのチャネルが同じプロバイダーのものなら、友だちの回答として届きます。"),
        VIEW,
        "form",
        prove_login_channel,
        try_login_channel,
    ),
    Item(
        "mail",
        _("メールアカウントを試す"),
        _("メールを送るサーバーを登録し、テスト送信をします。メールを送らないショップでは必要ありません。"),
        CONNECT,
        "mail",
        prove_mail,
        build_source_test("mail"),
    ),
    Item(
        "cart",
        _("カートをつなぐ"),
        _("カートの接続を登録します。顧客と受注の読み込みが最後まで終わると完了です。"),
        CONNECT,
        "cart",
        prove_cart,
        build_source_test("carts"),
    ),
    Item(
        "link",
        _("最初の友だちが連携される"),
        _("フォームに答えた友だちと、カートの顧客が同じ人だと分かると完了です。"),
        VIEW,
        "cart",
        prove_link,
        try_link,
    ),
)  # fmt: skip


def find_item(slug: str) -> Item | None:
    return next((item for item in ITEMS if item.slug == slug), None)


def list_lines(may: Callable[[str], bool], tested: Item | None = None) -> list[Line]:
    """Return every item with its proof; ``may`` says whether the seat has a right. ``tested`` is tried out before."""
    result = tested.test() if tested else None
    return [
        Line(item, item.prove(), may(item.right), result if item is tested else None)
        for item in ITEMS
    ]


def iterate_open() -> Iterator[Item]:
    """Yield what is not done yet."""
    for item in ITEMS:
        if not item.prove().is_done:
            yield item
