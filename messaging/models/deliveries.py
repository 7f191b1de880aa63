"""The ledger of everything sent: one delivery for a member and a message, one attempt for a call."""

import uuid
from collections import Counter, defaultdict
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, Count, Model, OuterRef, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.deliveries import reasons
from messaging.models.accounts import LineAccount
from messaging.models.scenarios import Content, Enrollment, Scenario, Step
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=Model)
# State → the count it belongs to on the screen; held messages are recognised by their reason.
COUNTED = {
    0: "waiting",
    1: "waiting",
    2: "sent",
    3: "skipped",
    4: "failed",
    5: "cancelled",
    6: "failed",
}
Counts = dict[int, Counter[str]]


class DeliveryQuerySet(TenantQuerySet[M]):
    def counts_by_step(self) -> Counts:
        """Return {step id: {"waiting": n, "held": n, "sent": n, "skipped": n, "failed": n}}.

        Two queries, by index alone.
        """
        counts: Counts = defaultdict(Counter)
        for step, state, number in (
            self.order_by().values_list("step", "state").annotate(Count("pk"))
        ):
            counts[step][COUNTED[state]] += number
        held = self.filter(state=0, reason="held").order_by()
        for step, number in held.values_list("step").annotate(Count("pk")):
            counts[step].update(held=number, waiting=-number)
        return counts

    def logged(self) -> Any:
        """Add what the log shows: member, step, account, and LINE's message when it refused."""
        newest = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
        said = Case(
            When(state=4, then=Subquery(newest.values("error")[:1])), default=Value("")
        )
        rows = self.select_related(
            "member", "enrollment__scenario", "step", "account", "content"
        )
        return rows.annotate(line_said=said)

    def unknown(self) -> "DeliveryQuerySet[M]":
        """Filter those whose outcome nobody knows: a person must look at them."""
        return self.filter(state=6)

    def parked(self, scenario: Scenario) -> "DeliveryQuerySet[M]":
        """Filter the messages of the scenario that fell due while it was off."""
        return self.filter(enrollment__scenario=scenario, state=0, reason="off")


class Delivery(TenantModel):
    """One message to one member.

    While SCHEDULED or CLAIMED, ``due_at`` is when somebody may take it: a claim writes its lease into it. The token
    fences off whoever lost the lease.
    """

    class State(models.IntegerChoices):
        SCHEDULED = 0, _("予約中")
        CLAIMED = 1, _("送信中")
        SENT = 2, _("送信済み")
        SKIPPED = 3, _("対象外")
        FAILED = 4, _("失敗")
        CANCELLED = 5, _("取り消し")
        UNKNOWN = 6, _("結果不明")

    account = models.ForeignKey(
        LineAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
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
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.SmallIntegerField(choices=State.choices, default=State.SCHEDULED)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    token = models.UUIDField(null=True)
    retry_key = models.UUIDField(default=uuid.uuid4)
    first_tried_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    request_id = models.CharField(max_length=60, blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(DeliveryQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "enrollment", "step"], name="delivery_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "account", "due_at", "id"],
                name="delivery_due",
                condition=models.Q(state__in=(0, 1)),
            ),
            # Waiting for something else than the clock: held (two polls), off (its scenario).
            models.Index(
                fields=["tenant", "reason", "id"],
                name="delivery_waiting",
                condition=models.Q(state=0, reason__in=("held", "off")),
            ),
            models.Index(
                fields=["tenant", "state", "-planned_at", "-id"], name="delivery_state"
            ),
            models.Index(fields=["tenant", "step", "state"], name="delivery_step"),
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
        return reasons.describe_state(self.get_state_display(), self.state, self.reason)

    @property
    def why(self) -> str:
        """The reason in a sentence: the cause, the remedy where there is one, and LINE's message when it refused."""
        return reasons.describe_reason(self.reason, getattr(self, "line_said", ""))


class Attempt(TenantModel):
    """One call for a delivery: written before the call, closed after it."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)
    request_id = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "delivery", "number"], name="attempt_number"
            )
        ]
