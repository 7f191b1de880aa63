"""What 送信ログ can be narrowed by."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.attributes.personal import show_personal
from members.conditions.kept_search import MemberSearchFilter
from members.models import Member
from messaging.models import Broadcast, Click, Delivery, LineAccount, Scenario, Sender

State = Delivery.State
# So many links of one message can be asked for.
MOST_LINKS = 20
STATES = (
    (
        "waiting",
        gettext_lazy("待機"),
        (State.SCHEDULED, State.CLAIMED, State.HELD, State.PARKED),
    ),
    ("sent", gettext_lazy("送信済み"), (State.SENT,)),
    ("skipped", gettext_lazy("対象外"), (State.SKIPPED,)),
    ("cancelled", gettext_lazy("取り消し"), (State.CANCELLED,)),
    ("failed", gettext_lazy("失敗"), (State.FAILED,)),
    ("unknown", gettext_lazy("結果不明"), (State.UNKNOWN,)),
)


def list_scenarios(request: HttpRequest) -> Choices:
    return Scenario.objects.order_by("name", "pk").values_list("public_id", "name")


def list_broadcasts(request: HttpRequest) -> Choices:
    """Return those that have gone out or are on their way, newest first."""
    rows = Broadcast.objects.exclude(audience_count=None).order_by("-created_at")
    return rows.values_list("public_id", "name")


def list_accounts(request: HttpRequest) -> Choices:
    return LineAccount.objects.order_by("name", "pk").values_list("public_id", "name")


def list_senders(request: HttpRequest) -> Choices:
    senders = Sender.objects.with_accounts().order_by("kind", "pk")
    return [(sender.public_id, sender.name) for sender in senders]


class MemberFilter(SelectFilter):
    """Rows of one member, whose public id another page put into the address."""

    def read_choices(self, request: HttpRequest) -> None:
        public_id = request.GET.get("member", "")[:40]
        found = Member.objects.filter(public_id=public_id) if public_id else None
        self.extra["choices"] = [
            (member.public_id, show_personal(member)) for member in found or ()
        ]


class LinkFilter(SelectFilter):
    """Whose message had this link tapped, by the link's place in it."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        taps = Click.objects.filter(
            delivery_id=OuterRef("pk"), number=int(value), machine=""
        )
        return rows.filter(Exists(taps))


class DeliveryFilters(ListFilterSet):
    tabs = ("state", "member")

    s = MemberSearchFilter(label=gettext_lazy("会員の氏名・メール・電話番号"))
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[(key, label) for key, label, _states in STATES],
        queries={key: Q(state__in=states) for key, _label, states in STATES},
    )
    member = MemberFilter("member__public_id", label=gettext_lazy("会員"))
    scenario = SelectFilter(
        "enrollment__scenario__public_id",
        label=gettext_lazy("ステップメッセージ"),
        offer=list_scenarios,
    )
    broadcast = SelectFilter(
        "broadcast__public_id",
        label=gettext_lazy("一斉配信"),
        offer=list_broadcasts,
    )
    link = LinkFilter(
        label=gettext_lazy("タップしたリンク"),
        choices=[(str(n), str(n + 1)) for n in range(MOST_LINKS)],
    )
    channel = SelectFilter(
        "channel", label=gettext_lazy("チャネル"), choices=Sender.Kind.choices
    )
    source = SelectFilter(
        "source",
        label=gettext_lazy("配信元"),
        choices=[(str(key), label) for key, label in Delivery.Source.choices],
    )
    sender = SelectFilter(
        "sender__public_id",
        label=gettext_lazy("送信アカウント"),
        offer=list_senders,
    )
    planned = PeriodFilter("planned_at", label=gettext_lazy("配信予定日"))
