"""What customers ask for, how far it is, and what was found and done on the way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Action
from cartsync.models import Cart
from members.models import Member
from operators.models import Operator
from rpa.models.querysets import RequestQuerySet
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel
from tenants.secrets import SecretField, SecretJsonField


class State(models.TextChoices):
    """How far a request is, in its order. SUBMITTING is committed before anything is sent to the cart.

    OFFERED and CONFIRMED are of who asked by a form and may cancel: they met the one screen of offers, and what they
    want is settled. All others go from ALLOWED to MATCHED.
    """

    RECEIVED = "received", _("受付")
    IDENTIFIED = "identified", _("特定済み")
    ALLOWED = "allowed", _("受付可")
    REFUSED = "refused", _("解約不可")
    OFFERED = "offered", _("ご案内中")
    CONFIRMED = "confirmed", _("確認済み")
    MATCHED = "matched", _("照合済み")
    SUBMITTING = "submitting", _("送信中")
    SUBMITTED = "submitted", _("送信済み")
    VERIFIED = "verified", _("対応完了")
    PERSON = "person", _("要確認")
    REHEARSED = "rehearsed", _("試行済み")
    CLOSED = "closed", _("対応停止")


class CancellationRequest(TenantModel):
    """解約などの申請: one wish about one subscription. ``kind`` is an Action of the cart.

    From SUBMITTING on nothing is ever sent again: ``attempt`` says whose one try it was.
    """

    State = State

    class Kind(models.TextChoices):
        CANCEL = Action.CANCEL.value, _("解約")
        PAUSE = Action.PAUSE.value, _("休止")
        SKIP = Action.SKIP.value, _("スキップ")
        NEXT_DATE = Action.NEXT_DATE.value, _("次回お届け日の変更")
        CHANGE_CYCLE = Action.CHANGE_CYCLE.value, _("お届け周期の変更")

    # What the worker goes on with by itself.
    WORKED = (
        State.RECEIVED, State.IDENTIFIED, State.ALLOWED, State.CONFIRMED, State.MATCHED, State.SUBMITTING,
        State.SUBMITTED,
    )  # fmt: skip
    # Of these one at a time for each subscription.
    OPEN = (
        State.IDENTIFIED, State.ALLOWED, State.OFFERED, State.CONFIRMED, State.MATCHED, State.SUBMITTING,
        State.SUBMITTED, State.PERSON,
    )  # fmt: skip
    # Something may have been sent.
    SENT = (State.SUBMITTING, State.SUBMITTED)

    public_id = PublicIdField()
    cart = models.ForeignKey(Cart, on_delete=models.PROTECT, related_name="requests")
    member = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="requests"
    )
    kind = models.CharField(_("種類"), max_length=12, choices=Kind.choices)
    # {"name", "phone", "email"}: what is searched by. Personal, so encrypted.
    given = SecretJsonField(default=dict)
    product = models.CharField(_("商品名"), max_length=200, blank=True)
    product_code = models.CharField(_("商品コード"), max_length=100, blank=True)
    # The subscription that the customer chose on a form, "" where they named none. It must be found at the cart.
    wanted_subscription = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )
    wanted_date = models.DateField(_("希望日"), null=True)
    # Days between deliveries, or of a 休止 by date.
    every_days = models.PositiveSmallIntegerField(_("周期（日）"), null=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.RECEIVED
    )
    # Why it was refused or needs a person: a code of rpa/requests/reason_texts.py.
    why = models.CharField(max_length=20, blank=True)
    customer_external_id = models.CharField(max_length=60, blank=True)
    customer_number = models.CharField(max_length=60, blank=True)
    subscription_external_id = models.CharField(max_length=60, blank=True)
    # By which condition the customer was found: 1, 2, 3; 0 where a person chose.
    found_by = models.PositiveSmallIntegerField(null=True)
    # Whom a person looks at: customers and their subscriptions, while the request waits for one.
    candidates = SecretJsonField(default=dict)
    # The subscription as it was read before and after.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # The public id of the form's answer, "" for a request that came another way.
    submission_key = models.CharField(
        max_length=12, blank=True, default="", db_default=""
    )
    # What was asked for before something else was offered; "" where nothing was offered.
    asked_kind = models.CharField(max_length=12, blank=True, default="", db_default="")
    # When the customer opened the form, was offered something else, and confirmed what they want: 「解約を続ける」, or
    # the offer. No time of an answer: they left the page, and what they had asked for holds.
    opened_at = models.DateTimeField(null=True)
    offered_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    # Nobody has said for certain who asks: a form answered without LINE.
    is_stranger = models.BooleanField(default=False, db_default=False)
    attempt = models.UUIDField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # Not before: a request by browser waits in the queue of its cart.
    due_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        Operator, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_by = models.ForeignKey(
        Operator, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(RequestQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="request_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "cart", "subscription_external_id"],
                name="request_open_once",
                condition=models.Q(
                    state__in=[
                        "identified",
                        "allowed",
                        "offered",
                        "confirmed",
                        "matched",
                        "submitting",
                        "submitted",
                        "person",
                    ]
                )
                & ~models.Q(subscription_external_id=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "state", "-received_at"], name="request_state"
            ),
            models.Index(fields=["tenant", "-received_at"], name="request_newest"),
            models.Index(
                fields=["tenant", "submission_key"],
                name="request_submission",
                condition=~models.Q(submission_key=""),
            ),
            models.Index(
                fields=["tenant", "member", "-received_at"], name="request_member"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def screens(self) -> int:
        """How many screens the customer saw before the wish was theirs to leave alone: the form, and the offer."""
        return 2 if self.offered_at else 1

    @property
    def action(self) -> Action:
        """What is done at the cart: a 休止 or スキップ with a date moves the next delivery there (requests/plan.py)."""
        if self.wanted_date and self.kind in (self.Kind.PAUSE, self.Kind.SKIP):
            return Action.NEXT_DATE
        return Action(self.kind)

    @property
    def progress(self) -> str:
        """Return how far an open request is, 「ご案内中」; "" for one that ended or waits for a person."""
        is_open = self.state in (*self.WORKED, State.OFFERED)
        return str(State(self.state).label) if is_open else ""

    @property
    def result(self) -> str:
        """Return the result in the words of the shops: 未対応, 対応完了, 休止受付 …"""
        if self.state == State.VERIFIED:
            done = {
                self.Kind.PAUSE: _("休止受付"),
                self.Kind.SKIP: _("スキップ受付"),
            }
            return str(done.get(self.Kind(self.kind), _("対応完了")))
        if self.state in (State.REFUSED, State.CLOSED, State.PERSON, State.REHEARSED):
            return str(State(self.state).label)
        return str(_("未対応"))


class Evidence(TenantModel):
    """One step of a request: what was asked or done, and what was seen. Encrypted, kept as long as the setting says."""

    request = models.ForeignKey(
        CancellationRequest, on_delete=models.CASCADE, related_name="evidence"
    )
    at = models.DateTimeField()
    # A code of rpa/evidence/record.py.
    step = models.CharField(max_length=20)
    data = SecretJsonField(default=dict)
    # A PNG in base64, "" for a step without a picture; not read with the rest.
    picture = SecretField(default="", blank=True)
    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["tenant", "at"], name="evidence_age")]
