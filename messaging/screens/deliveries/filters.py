"""What 送信ログ can be narrowed by."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.attributes.personal import show_personal
from members.models import Member
from messaging.deliveries.late import LATE
from messaging.deliveries.reasons import describe_reason
from messaging.models import (
    Broadcast,
    Click,
    Delivery,
    LineAccount,
    Scenario,
    Sender,
    Step,
)
from messaging.results.figures import RESULTS, narrow_result, select_deliveries
from messaging.results.links import Subject, list_links
from messaging.runs.events import EventSearchFilter
from messaging.templatetags.messaging import step_after

State = Delivery.State
STATES = (
    (
        "waiting",
        gettext_lazy("待機"),
        (State.SCHEDULED, State.CLAIMED, State.PARKED),
    ),
    ("held", gettext_lazy("保留"), (State.HELD,)),
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


def find_subject(request: HttpRequest) -> Subject | None:
    """Return the broadcast or the message of a scenario that another filter names; links and results are of one."""
    if public_id := request.GET.get("broadcast", "")[:40]:
        rows = Broadcast.objects.select_related("content")
        return rows.filter(public_id=public_id).first()
    if public_id := request.GET.get("step", "")[:40]:
        steps = Step.objects.select_related("content", "scenario")
        return steps.filter(public_id=public_id).first()
    return None


class SubjectFilter(SelectFilter):
    """What depends on the message that is chosen: the page takes it away where there is none."""

    subject: Subject | None = None

    def take_subject(self, subject: Subject | None) -> None:
        self.subject = subject
        self.extra["choices"] = list(self.list_choices())

    def list_choices(self) -> Choices:
        return []


class StepFilter(SubjectFilter):
    """One message of a scenario, whose public id another page put into the address."""

    def list_choices(self) -> Choices:
        if not isinstance(self.subject, Step):
            return []
        step = self.subject
        return [(step.public_id, f"{step.scenario.name}：{step_after(step)}")]


class LinkFilter(SubjectFilter):
    """Whose message had this link tapped: one of all the links of the message that is chosen."""

    def list_choices(self) -> Choices:
        self.links = list_links(self.subject) if self.subject else []
        return [(str(number), link.url) for number, link in enumerate(self.links)]

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        taps = Click.objects.filter(delivery_id=OuterRef("pk"), machine="")
        return rows.filter(Exists(taps.filter(self.links[int(value)].clicks)))


class ResultFilter(SubjectFilter):
    """What came of the message that is chosen: the deliveries that its figures count."""

    def list_choices(self) -> Choices:
        return RESULTS.items() if self.subject else []

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value or not self.subject:
            return rows
        return narrow_result(rows, self.subject, value)


class ReasonFilter(SubjectFilter):
    """Why the message that is chosen was not sent to somebody: one of the reasons that there are."""

    def list_choices(self) -> Choices:
        if not self.subject:
            return []
        left_out = select_deliveries(self.subject).filter(state=State.SKIPPED)
        found = left_out.order_by("reason").values_list("reason", flat=True).distinct()
        return [(reason, describe_reason(reason)) for reason in found if reason]


class DeliveryFilters(ListFilterSet):
    tabs = ("state", "member", "step")

    def __init__(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        super().__init__(request, rows)
        self.subject = find_subject(request)
        for name, kind in list(self.filters.items()):
            if isinstance(kind, SubjectFilter):
                kind.take_subject(self.subject)
                if not kind.extra["choices"] and name not in request.GET:
                    del self.filters[name]

    s = EventSearchFilter(
        "enrollment__trigger_key",
        label=gettext_lazy("会員の氏名・メール・電話番号、注文番号"),
    )
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[
            *((key, label) for key, label, _states in STATES),
            ("late", gettext_lazy("送信の遅れ")),
        ],
        queries={key: Q(state__in=states) for key, _label, states in STATES}
        | {"late": LATE},
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
    step = StepFilter("step__public_id", label=gettext_lazy("ステップのメッセージ"))
    link = LinkFilter(label=gettext_lazy("タップしたリンク"))
    result = ResultFilter(label=gettext_lazy("結果"))
    reason = ReasonFilter("reason", label=gettext_lazy("対象外の理由"))
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
