"""The ledger of everything sent: one delivery for each recipient and message, one call for each request outside."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Func, Model, Q
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.deliveries import reasons
from messaging.models.broadcasts import Broadcast
from messaging.models.calls import Call
from messaging.models.contents import Content
from messaging.models.runs import Enrollment
from messaging.models.scenarios import Scenario, Step
from messaging.models.senders import Sender
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=Model)
# State → the count it belongs to on the screen.
COUNTED = {
    0: "waiting",
    1: "waiting",
    2: "sent",
    3: "skipped",
    4: "failed",
    5: "cancelled",
    6: "unknown",
    7: "held",
    8: "waiting",
}
Counts = dict[int, Counter[str]]


class RandomId(Func):
    """PostgreSQL's uuidv7(): nobody guesses it, and new ones lie side by side in their index."""

    function = "uuidv7"
    output_field = models.UUIDField()


class DeliveryQuerySet(TenantQuerySet[M]):
    def counts_by_step(self) -> Counts:
        """Return {step id: {"waiting": n, "held": n, "sent": n, "skipped": n, "failed": n, …}}.

        One query, by index alone.
        """
        counts: Counts = defaultdict(Counter)
        for step, state, number in (
            self.order_by().values_list("step", "state").annotate(Count("pk"))
        ):
            counts[step][COUNTED[state]] += number
        return counts

    def listed(self) -> Any:
        """Fetch what a row of the log shows beside each: member, scenario, and the call with the other side's words."""
        return self.select_related("member", "enrollment__scenario", "call")

    def logged(self) -> Any:
        """Fetch what the page of one shows: member, step, sender, contents, and the call with its answer."""
        return self.select_related(
            "member",
            "enrollment__scenario",
            "step",
            "sender__line",
            "sender__mail",
            "content",
            "other_content",
            "call",
            "changed_by",
        )

    def counts_by_broadcast(self, broadcasts: Iterable[Broadcast]) -> Counts:
        """Return {broadcast id: {name of a state: n}}. One query, by index alone."""
        counts: Counts = defaultdict(Counter)
        rows = self.filter(broadcast__in=broadcasts).order_by()
        for broadcast, state, number in rows.values_list("broadcast", "state").annotate(
            Count("pk")
        ):
            counts[broadcast][Delivery.State(state).name.lower()] = number
        return counts

    def booked(self) -> "DeliveryQuerySet[M]":
        """Filter those that are not gone yet and may be cancelled or moved."""
        return self.filter(state__in=Delivery.BOOKED)

    def unknown(self) -> "DeliveryQuerySet[M]":
        """Filter those whose outcome nobody knows: a person must look at them."""
        return self.filter(state=Delivery.State.UNKNOWN)

    def parked(self, scenario: Scenario) -> "DeliveryQuerySet[M]":
        """Filter the messages of the scenario that fell due while it was off."""
        parked = self.filter(state=Delivery.State.PARKED, reason="off")
        return parked.filter(enrollment__scenario=scenario)


class Delivery(TenantModel):
    """One message to one recipient: a member, or a bare address (of a mail, or a LINE user id).

    SCHEDULED ones are taken when ``due_at`` has come; HELD ones wait for the carts, PARKED ones for a person; neither
    stands in the index of what is due. A CLAIMED one is in the hands of its call.
    """

    class State(models.IntegerChoices):
        SCHEDULED = 0, _("予約中")
        CLAIMED = 1, _("送信中")
        SENT = 2, _("送信済み")
        SKIPPED = 3, _("対象外")
        FAILED = 4, _("失敗")
        CANCELLED = 5, _("取り消し")
        UNKNOWN = 6, _("結果不明")
        HELD = 7, _("保留")
        PARKED = 8, _("停止中")

    class Source(models.IntegerChoices):
        STEP = 0, _("ステップメッセージ")
        BROADCAST = 1, _("一斉配信")
        FORM_MAIL = 2, _("フォームの自動返信")
        NOTICE = 3, _("通知")
        TEST = 4, _("テスト送信")
        REPLY = 5, _("返信")

    # Not gone yet: may be cancelled, moved, edited.
    BOOKED = (State.SCHEDULED, State.HELD, State.PARKED)
    # Its end is not known yet: a run with such a delivery is under way.
    UNDER_WAY = (*BOOKED, State.CLAIMED)
    # Gone, or perhaps gone.
    GONE = (State.CLAIMED, State.SENT, State.UNKNOWN)

    public_id = models.UUIDField(db_default=RandomId(), editable=False)
    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(
        max_length=4, choices=Sender.Kind.choices, db_default=Sender.Kind.LINE
    )
    source = models.SmallIntegerField(
        choices=Source.choices, default=Source.STEP, db_default=Source.STEP
    )
    # 広告: the opt-out, the footer and the unsubscribe header of advertising belong to it.
    is_ad = models.BooleanField(db_default=False)
    enrollment = models.ForeignKey(
        Enrollment,
        null=True,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    step = models.ForeignKey(
        Step, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    broadcast = models.ForeignKey(
        Broadcast,
        null=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    member = models.ForeignKey(
        Member,
        null=True,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    address = models.CharField(max_length=254, blank=True, db_default="")
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # What it says by the other channel, where it goes by LINE or by mail, whichever reaches its member when due.
    other_content = models.ForeignKey(
        Content, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Names the event that booked it, where it is booked by itself: the same key books once.
    key = models.CharField(max_length=60, null=True)
    state = models.SmallIntegerField(
        choices=State.choices, default=State.SCHEDULED, db_default=State.SCHEDULED
    )
    planned_at = models.DateTimeField()
    # When it would have gone out without the send window.
    moved_from = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    # How often it was handed to a call.
    tries = models.PositiveSmallIntegerField(db_default=0)
    reason = models.CharField(max_length=40, blank=True, db_default="")
    call = models.ForeignKey(
        Call,
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
        db_index=False,
    )
    finished_at = models.DateTimeField(null=True)
    # Who stopped, moved or edited it last, or said what became of it. The audit log has every change.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    changed_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(DeliveryQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "enrollment", "step"], name="delivery_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="delivery_key",
                condition=Q(key__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="delivery_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "broadcast", "member"],
                name="delivery_broadcast_once",
                condition=Q(broadcast__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, address="")
                | Q(member__isnull=True) & ~Q(address=""),
                name="delivery_one_recipient",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "sender", "due_at", "id"],
                name="delivery_due",
                condition=Q(state=0),
            ),
            # Of the open calls.
            models.Index(
                fields=["tenant", "call"],
                name="delivery_call",
                condition=Q(state=1),
            ),
            # Of the mails, whichever became of them: those that came back name the call.
            models.Index(
                fields=["tenant", "call"],
                name="delivery_mail_call",
                condition=Q(channel="mail", call__isnull=False),
            ),
            # Waiting for something else than the clock.
            models.Index(
                fields=["tenant", "state", "reason", "id"],
                name="delivery_waiting",
                condition=Q(state__in=(7, 8)),
            ),
            # 予約中, the next one first: small, however much was ever sent.
            models.Index(
                fields=["tenant", "planned_at", "id"],
                name="delivery_booked",
                condition=Q(state__in=(0, 7, 8)),
            ),
            models.Index(
                fields=["tenant", "state", "-planned_at", "-id"], name="delivery_state"
            ),
            models.Index(fields=["tenant", "step", "state"], name="delivery_step"),
            models.Index(
                fields=["tenant", "broadcast", "state", "reason"],
                name="delivery_broadcast",
                condition=Q(broadcast__isnull=False),
            ),
            models.Index(
                fields=["tenant", "member", "-planned_at"], name="delivery_member"
            ),
            models.Index(
                fields=["tenant", "-planned_at", "-id"], name="delivery_newest"
            ),
        ]

    @property
    def kind(self) -> str:
        """The colour of the state's badge."""
        return reasons.choose_state_kind(self.state, self.reason)

    @property
    def state_words(self) -> str:
        state = self.State(self.state)  # get_state_display hashes all labels anew
        return reasons.describe_state(str(state.label), state, self.reason)

    @property
    def why(self) -> str:
        """The reason in a sentence: the cause, the remedy where there is one, and the other side's words."""
        said = (
            self.call.error
            if self.call
            and self.state == self.State.FAILED
            and self.reason == "refused"
            else ""
        )
        return reasons.describe_reason(self.reason, said, self.channel)
