"""Accounts, content, scenarios, and the ledger of everything sent."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberTag, Segment, Tag, TagBatch
from messaging import wording
from messaging.querysets import DeliveryQuerySet, ScenarioQuerySet
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel
from tenants.secrets import SecretField


class LineAccount(TenantModel):
    """A LINE official account: a Messaging API channel and a LINE Login channel of the same provider."""

    public_id = PublicIdField()
    name = models.CharField(_("アカウント名"), max_length=60)
    basic_id = models.CharField(_("ベーシックID"), max_length=40, blank=True)
    channel_id = models.CharField(_("チャネルID（Messaging API）"), max_length=40)
    channel_secret = SecretField(_("チャネルシークレット"))
    access_token = SecretField(_("チャネルアクセストークン"), blank=True)
    login_channel_id = models.CharField(_("チャネルID（LINEログイン）"), max_length=40)
    liff_id = models.CharField(_("LIFF ID"), max_length=60)
    # The part of the webhook's address that cannot be guessed: the secret must be known before the body is trusted.
    webhook_key = PublicIdField(max_length=24)
    is_active = models.BooleanField(_("有効"), default=True)
    stopped_reason = models.CharField(max_length=20, blank=True)
    stopped_at = models.DateTimeField(null=True)
    last_webhook_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="lineaccount_public_id"),
            models.UniqueConstraint(fields=["tenant", "channel_id"], name="lineaccount_channel"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(TenantModel):
    """One event as LINE sent it; its id makes a redelivery harmless. Handled after the answer."""

    account = models.ForeignKey(LineAccount, on_delete=models.CASCADE, related_name="events", db_index=False)
    event_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    user_id = models.CharField(max_length=40, blank=True)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "account", "event_id"], name="webhookevent_once")]
        indexes = [
            models.Index(
                fields=["tenant", "account", "occurred_at", "id"],
                name="webhookevent_open",
                condition=models.Q(handled_at=None),
            )
        ]


class Content(TenantModel):
    """The text of a message, one row per version, never changed: what was frozen is what is sent."""

    text = models.TextField(_("本文"), max_length=5000)
    form_id = models.CharField(max_length=12, blank=True)  # public_id of an attached form; forms live above
    created_at = models.DateTimeField(auto_now_add=True)


class Scenario(TenantModel):
    """A step message: members who get one of the trigger tags receive its steps in time."""

    public_id = PublicIdField()
    name = models.CharField(_("メッセージ管理名"), max_length=100)
    account = models.ForeignKey(LineAccount, on_delete=models.PROTECT, related_name="scenarios")
    is_on = models.BooleanField(_("ステータス"), default=False)
    trigger_tags = models.ManyToManyField(Tag, through="ScenarioTrigger", related_name="+")
    # {"all": [{"field": "tag", "op": "has_none", "value": [ids]}]}: members/conditions.py
    condition = models.JSONField(default=dict)
    # 保存した条件 that must fit besides, as it reads when a step is due. While it is named it may not be deleted.
    segment = models.ForeignKey(Segment, null=True, on_delete=models.PROTECT, related_name="+")
    again_on_answer = models.BooleanField(_("再回答でも配信する"), default=False)
    wait_for_polls = models.BooleanField(_("連携を2回確認してから配信する"), default=False)
    short_delay_confirmed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    switched_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(ScenarioQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="scenario_public_id")]

    def __str__(self) -> str:
        return self.name

    def missed_batches(self) -> models.QuerySet[TagBatch]:
        """The taggings that would have triggered it, had it been on: since it was made or last switched off."""
        since = self.switched_at or self.created_at
        tags = self.triggers.values("tag_id")
        return TagBatch.objects.filter(tag__in=tags, action=TagBatch.Action.ADD, at__gte=since, count__gt=0)

    def missed_count(self) -> int:
        """How many members came while it was off and still carry the tag."""
        if self.is_on:
            return 0
        links = MemberTag.objects.filter(batch__in=self.missed_batches().values("pk"))
        return links.values("member_id").distinct().count()

    def waiting_count(self) -> int:
        """How many messages wait for it to be switched on."""
        return self.parked().count()

    def parked(self) -> "models.QuerySet[Delivery]":
        """Messages that fell due while it was off."""
        return Delivery.objects.filter(enrollment__scenario=self, state=Delivery.State.SCHEDULED, reason="off")


class ScenarioTrigger(TenantModel):
    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="triggers")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "scenario", "tag"], name="scenariotrigger_once")]


class Step(TenantModel):
    """One message of a scenario, ``delay`` after the trigger."""

    public_id = PublicIdField()
    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="steps")
    delay = models.DurationField(_("配信時間"))
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="step_public_id")]
        indexes = [models.Index(fields=["tenant", "scenario", "delay"], name="step_order")]


class Enrollment(TenantModel):
    """A member's run through a scenario; ``trigger_key`` names the event, so that one event enrols once."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="enrollments", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="enrollments", db_index=False)
    trigger_key = models.CharField(max_length=40)
    triggered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "scenario", "member", "trigger_key"], name="enrollment_once")
        ]
        indexes = [models.Index(fields=["tenant", "member"], name="enrollment_member")]


class Delivery(TenantModel):
    """One message to one member. While SCHEDULED or CLAIMED, ``due_at`` is when somebody may take it (a claim writes
    its lease into it); the token fences off whoever lost the lease."""

    class State(models.IntegerChoices):
        SCHEDULED = 0, _("予約中")
        CLAIMED = 1, _("送信中")
        SENT = 2, _("送信済み")
        SKIPPED = 3, _("対象外")
        FAILED = 4, _("失敗")
        CANCELLED = 5, _("取り消し")
        UNKNOWN = 6, _("結果不明")

    account = models.ForeignKey(LineAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    enrollment = models.ForeignKey(
        Enrollment, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    step = models.ForeignKey(Step, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+", db_index=False)
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
            models.UniqueConstraint(fields=["tenant", "enrollment", "step"], name="delivery_once"),
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
            models.Index(fields=["tenant", "state", "-planned_at", "-id"], name="delivery_state"),
            models.Index(fields=["tenant", "step", "state"], name="delivery_step"),
            models.Index(fields=["tenant", "member", "-planned_at"], name="delivery_member"),
            models.Index(fields=["tenant", "-planned_at", "-id"], name="delivery_newest"),
        ]

    @property
    def kind(self) -> str:
        """The colour of the state's badge."""
        return wording.state_kind(self.state, self.reason)

    @property
    def state_words(self) -> str:
        return wording.state_words(self.get_state_display(), self.state, self.reason)

    @property
    def why(self) -> str:
        """The reason in a sentence: cause, and the remedy where there is one. LINE's own words for a refusal."""
        return wording.reason_words(self.reason, getattr(self, "line_said", ""))

    @property
    def text(self) -> str:
        """As it went out, or would go out now."""
        from messaging.content import render  # content needs the models

        return render(self.content, self.account, self.member.name, self.member.line_name)


class Attempt(TenantModel):
    """One call for a delivery: written before the call, closed after it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)
    request_id = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "delivery", "number"], name="attempt_number")]
