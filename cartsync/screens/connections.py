"""The carts and the mailboxes of order mails on the page of what a shop is connected to."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.connectors.kinds import build_connector, get_connector_class
from cartsync.errors import TROUBLES
from cartsync.models import Cart
from cartsync.screens.ordermail.views_accounts import describe_state
from cartsync.sync.manage import switch_cart
from cartsync.sync.overview import Overview, build_overviews
from messaging.accounts.check import CheckResult
from messaging.accounts.connections import Connection, Source
from messaging.mailboxes.manage import save_mailbox
from messaging.mailboxes.poll import check_mailbox
from messaging.mailboxes.troubles import describe_trouble
from messaging.models import Mailbox
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError

LONGEST_CHECK = 8.0  # seconds


# ---------------------------------------------------------------- carts
def list_cart_connections() -> list[Connection]:
    return [
        build_cart_connection(overview)
        for overview in build_overviews(
            list(Cart.objects.connected().order_by("name", "pk"))
        )
    ]


def build_cart_connection(overview: Overview) -> Connection:
    trouble, cart = overview.trouble, overview.cart
    return Connection(
        cart.name,
        get_connector_class(cart.kind).label,
        reverse("cartsync:cart", args=[cart.public_id]),
        overview.state,
        overview.last_success,
        f"{trouble.cause}{trouble.remedy}" if trouble else "",
        cart.public_id,
        cart.is_active,
    )


def check_cart(key: str) -> CheckResult:
    """Ask the cart how many customers it has, with the settings that are stored."""
    cart = Cart.objects.connected().get(public_id=key)
    if get_connector_class(cart.kind).takes_files:
        return CheckResult(
            "ok",
            _("「%(cart)s」はファイルで取り込むため、接続はありません。")
            % {"cart": cart},
        )
    try:
        with hold_place_to_check():
            customers = build_connector(cart, LONGEST_CHECK).check()
    except OutboundError as error:
        trouble = TROUBLES[error.code]
        return CheckResult("bad", f"{cart.name}：{trouble.cause}{trouble.remedy}")
    if customers is None:
        return CheckResult("ok", _("「%(cart)s」に接続できました。") % {"cart": cart})
    return CheckResult(
        "ok",
        _("「%(cart)s」に接続できました。カートの顧客は%(n)s件です。")
        % {"cart": cart, "n": f"{customers:,}"},
    )


CARTS = Source(
    "carts",
    gettext_lazy("カート"),
    gettext_lazy("最後の成功"),
    list_cart_connections,
    gettext_lazy("カートを追加"),
    "cartsync:kinds",
    gettext_lazy("カートを追加すると、購入したお客様と会員を自動で結びつけます。"),
    lambda key, on: switch_cart(
        Cart.objects.connected().select_related("tenant").get(public_id=key), on
    ),
    check_cart,
)


# ---------------------------------------------------------------- mailboxes
def list_mailbox_connections() -> list[Connection]:
    return [
        Connection(
            mailbox.name,
            f"{mailbox.get_kind_display()} {mailbox.host}",
            reverse("cartsync:mailbox", args=[mailbox.public_id]),
            describe_state(mailbox),
            mailbox.worked_at,
            describe_trouble(mailbox.stopped_reason or mailbox.trouble),
            mailbox.public_id,
            mailbox.is_active,
        )
        for mailbox in Mailbox.objects.order_by("name", "pk")
    ]


def switch_mailbox(key: str, on: bool) -> None:
    """Switch a mailbox on or off; what was read stays read."""
    mailbox = Mailbox.objects.get(public_id=key)
    mailbox.is_active = on
    save_mailbox(mailbox)


def try_mailbox(key: str) -> CheckResult:
    """Log in with the settings that are stored, and count the mails that lie there."""
    mailbox = Mailbox.objects.get(public_id=key)
    try:
        with hold_place_to_check():
            count = check_mailbox(mailbox)
    except OutboundError as error:
        return CheckResult("bad", f"{mailbox.name}：{describe_trouble(error.code)}")
    return CheckResult(
        "ok",
        _("「%(name)s」に接続できました。フォルダーに%(n)s通のメールがあります。")
        % {"name": mailbox, "n": f"{count:,}"},
    )


MAILBOXES = Source(
    "mailboxes",
    gettext_lazy("受信アカウント"),
    gettext_lazy("最後の受信"),
    list_mailbox_connections,
    gettext_lazy("受信アカウントを追加"),
    "cartsync:mailbox_new",
    gettext_lazy("注文メールや配信エラーのメールが届くメールボックスです。"),
    switch_mailbox,
    try_mailbox,
)
