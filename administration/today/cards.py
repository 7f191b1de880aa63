"""What waits for a person today, the most urgent first.

Each card is a count, and leads to the page where they are dealt with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from administration.today.checklist import iterate_open
from cartsync.models import Cart, Link
from cartsync.sync.state_words import list_undecided_words
from console.filter_fields import begin_day
from jobs.models import Job
from members.models import Inquiry, Member
from messaging.deliveries.late import LATE
from messaging.models import Broadcast, Delivery, Mailbox, Sender
from operators.rights import ShopRequest
from operators.roles import CONNECT, VIEW
from rpa.models import CancellationRequest

MOST = 6
# How long a job that failed is something of today.
RECENT = timedelta(days=7)
SEVERAL = 2
# State of a card → number of its colour among those of the charts.
COLOURS = {"bad": 1, "warn": 2, "info": 3}


@dataclass(frozen=True)
class Kind:
    """What may wait. ``state`` is the colour: bad (something stands still), warn (a person decides), info."""

    label: str | Promise
    note: str | Promise
    icon: str
    state: str
    page: str
    count: Callable[[ShopRequest], int]
    query: tuple[tuple[str, str | Callable[[], date]], ...] = ()
    right: str = VIEW

    @property
    def colour(self) -> int:
        return COLOURS[self.state]

    @property
    def url(self) -> str:
        address = reverse(self.page, urlconf="config.urls_console")
        query = [(key, text() if callable(text) else text) for key, text in self.query]
        return f"{address}?{urlencode(query)}" if query else address


@dataclass(frozen=True)
class Card:
    kind: Kind
    count: int


def count_late_messages(_request: ShopRequest) -> int:
    return Delivery.objects.filter(LATE).count()


def count_paused_senders(_request: ShopRequest) -> int:
    return Sender.objects.paused().count()


def count_waiting_requests(_request: ShopRequest) -> int:
    return CancellationRequest.objects.waiting_for_person().count()


def count_unknown_messages(_request: ShopRequest) -> int:
    return Delivery.objects.unknown().count()


def count_broken_broadcasts(_request: ShopRequest) -> int:
    return Broadcast.objects.filter(state=Broadcast.State.BROKEN).count()


def count_stopped_carts(_request: ShopRequest) -> int:
    return Cart.objects.exclude(stopped_reason="").count()


def count_failing_carts(_request: ShopRequest) -> int:
    """Count the carts that could not be read several times running, and are tried again."""
    return Cart.objects.active().filter(failures__gte=SEVERAL).count()


def count_stopped_mailboxes(_request: ShopRequest) -> int:
    return Mailbox.objects.exclude(stopped_reason="").count()


def count_failed_jobs(_request: ShopRequest) -> int:
    since = begin_day(find_first_recent_day())
    return Job.objects.filter(state=Job.State.FAILED, created_at__gte=since).count()


def find_first_recent_day() -> date:
    return timezone.localdate() - RECENT


def count_links_to_review(_request: ShopRequest) -> int:
    """Count links that changed and members whom no rule can link, as 要確認 counts them in its tabs."""
    members = Member.objects.filter(link_state=Member.LinkState.REVIEW, deleted_at=None)
    return Link.objects.changed().count() + members.count()


def count_unknown_words(_request: ShopRequest) -> int:
    """Count the words of orders and subscriptions whose meaning nobody has said; 要確認 names them."""
    return sum(len(found.words) for found in list_undecided_words())


def count_late_inquiries(_request: ShopRequest) -> int:
    return Inquiry.objects.overdue().count()


def count_my_inquiries(request: ShopRequest) -> int:
    return Inquiry.objects.filter(mark="open", assignee=request.user).count()


def count_open_items(_request: ShopRequest) -> int:
    return sum(1 for _item in iterate_open())


def count_parked_messages(_request: ShopRequest) -> int:
    return Delivery.objects.filter(state=Delivery.State.PARKED).count()


KINDS = (
    Kind(
        _("送信が遅れています"),
        _("予定の時刻を5分過ぎても送られていないメッセージ"),
        "timer-off",
        "bad",
        "messaging:deliveries",
        count_late_messages,
        (("state", "late"),),
    ),
    Kind(
        _("送信が止まっているアカウント"),
        _("原因を直して再開するまで、このアカウントからは何も送られません"),
        "plug",
        "bad",
        "messaging:accounts",
        count_paused_senders,
        right=CONNECT,
    ),
    Kind(
        _("止まっているカート連携"),
        _("設定を直すまで、会員と受注は更新されません"),
        "refresh-cw",
        "bad",
        "cartsync:carts",
        count_stopped_carts,
    ),
    Kind(
        _("読み込みの失敗が続くカート"),
        _("自動でやり直しています。原因はカート連携の画面で確かめられます"),
        "refresh-cw",
        "warn",
        "cartsync:carts",
        count_failing_carts,
    ),
    Kind(
        _("止まっている受信アカウント"),
        _("設定を直すまで、注文メールは読まれません"),
        "mail",
        "bad",
        "cartsync:mailboxes",
        count_stopped_mailboxes,
        right=CONNECT,
    ),
    Kind(
        _("RPAの要確認"),
        _("人の判断を待っている申請"),
        "bot",
        "warn",
        "rpa:requests",
        count_waiting_requests,
        (("view", "person"),),
    ),
    Kind(
        _("結果が分からない送信"),
        _("届いたかどうかを確かめて、送り直すか決めてください"),
        "circle-question-mark",
        "warn",
        "messaging:deliveries",
        count_unknown_messages,
        (("state", "unknown"),),
    ),
    Kind(
        _("開始できなかった一斉配信"),
        _("理由を確かめて、予約し直すか下書きに戻してください"),
        "megaphone",
        "warn",
        "messaging:broadcasts",
        count_broken_broadcasts,
        (("state", str(Broadcast.State.BROKEN.value)),),
    ),
    Kind(
        _("カート連携の要確認"),
        _("連携後に変わった会員と、照合できない会員"),
        "circle-alert",
        "warn",
        "cartsync:review",
        count_links_to_review,
    ),
    Kind(
        _("期限を過ぎたお問い合わせ"),
        _("対応の期限を過ぎています"),
        "messages-square",
        "warn",
        "members:inquiries",
        count_late_inquiries,
        (("mark", "late"),),
    ),
    Kind(
        _("失敗した処理"),
        _("この7日間に失敗した取り込みや書き出しなど"),
        "hourglass",
        "warn",
        "jobs:jobs",
        count_failed_jobs,
        (("state", Job.State.FAILED), ("created_from", find_first_recent_day)),
    ),
    Kind(
        _("意味の決まっていない状態の言葉"),
        _("カートから届いた新しい言葉に、意味を決めてください"),
        "shopping-bag",
        "warn",
        "cartsync:review",
        count_unknown_words,
    ),
    Kind(
        _("初期設定の残り"),
        _("最初の友だちが連携されるまでに行うこと"),
        "clipboard-check",
        "info",
        "administration:checklist",
        count_open_items,
        right=CONNECT,
    ),
    Kind(
        _("自分が担当のお問い合わせ"),
        _("未対応のもの"),
        "messages-square",
        "info",
        "members:inquiries",
        count_my_inquiries,
        (("mark", "open"), ("by", "me")),
    ),
    Kind(
        _("停止中のメッセージ"),
        _("ステップメッセージが止まっている間に予定の時刻が来ました"),
        "pause",
        "info",
        "messaging:scenarios",
        count_parked_messages,
    ),
)


def list_cards(request: ShopRequest) -> list[Card]:
    """Return at most six cards of what waits for somebody with this seat's rights, the most urgent first."""
    cards = (
        Card(kind, kind.count(request))
        for kind in KINDS
        if request.seat.can(kind.right)
    )
    return [card for card in cards if card.count][:MOST]
