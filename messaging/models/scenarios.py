"""Scenarios (ステップメッセージ): what starts them, their steps, and who runs through them."""

from typing import TypeVar

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberTag, Segment, Tag, TagBatch
from members.models.fields import ConditionField, LazyText, UsedKey
from messaging.models.accounts import LineAccount
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=models.Model)


class Content(TenantModel):
    """What a message says, one row per version. A version never changes: what was booked is what is sent."""

    class Kind(models.TextChoices):
        LINE = "line", _("LINE")
        MAIL = "mail", _("メール")

    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.LINE)
    text = models.TextField(_("本文"), max_length=5000)
    # Of a mail: {"subject", "text", "mobile", "html"}; mobile and html may be blank.
    mail = models.JSONField(default=dict)
    form_id = models.CharField(
        max_length=12, blank=True
    )  # public_id of an attached form; forms live above
    created_at = models.DateTimeField(auto_now_add=True)


class ScenarioQuerySet(TenantQuerySet[M]):
    def listed(self) -> "ScenarioQuerySet[M]":
        """Sort newest first and fetch what the list shows beside each."""
        rows = self.select_related("account").prefetch_related("trigger_tags", "steps")
        return rows.order_by("-created_at", "-id")


class Scenario(TenantModel):
    """A step message: members who get one of the trigger tags receive its steps in time."""

    public_id = PublicIdField()
    name = models.CharField(_("メッセージ管理名"), max_length=100)
    account = models.ForeignKey(
        LineAccount, on_delete=models.PROTECT, related_name="scenarios"
    )
    is_on = models.BooleanField(_("ステータス"), default=False)
    trigger_tags = models.ManyToManyField(
        Tag, through="ScenarioTrigger", related_name="+"
    )
    # {"all": [{"field": "tag", "op": "has_none", "value": [ids]}]}: members/conditions/tree.py
    condition = ConditionField(default=dict, used_as=_("ステップメッセージの条件"))
    # 保存した条件 that must fit besides, as it reads when a step is due. While it is named it may not be deleted.
    segment = UsedKey(
        Segment,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("ステップメッセージ「%(name)s」の絞り込み"),
    )
    again_on_answer = models.BooleanField(_("再回答でも配信する"), default=False)
    wait_for_polls = models.BooleanField(
        _("連携を2回確認してから配信する"), default=False
    )
    short_delay_confirmed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    switched_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(ScenarioQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="scenario_public_id"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def usage_url(self) -> LazyText:
        return reverse_lazy("messaging:scenario", args=[self.public_id])

    def missed_batches(self) -> models.QuerySet[TagBatch]:
        """Return the taggings that would have triggered it had it been on, since it was made or last switched off."""
        since = self.switched_at or self.created_at
        tags = self.triggers.values("tag_id")
        return TagBatch.objects.filter(
            tag__in=tags, action=TagBatch.Action.ADD, at__gte=since, count__gt=0
        )

    def missed_count(self) -> int:
        """Count the members who were tagged while it was off and still have the tag."""
        if self.is_on:
            return 0
        links = MemberTag.objects.filter(batch__in=self.missed_batches().values("pk"))
        return links.values("member_id").distinct().count()


class ScenarioTrigger(TenantModel):
    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="triggers"
    )
    tag = UsedKey(
        Tag,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("ステップメッセージのトリガー"),
        shown="scenario",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "scenario", "tag"], name="scenariotrigger_once"
            )
        ]


class Step(TenantModel):
    """One message of a scenario, ``delay`` after the trigger."""

    public_id = PublicIdField()
    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="steps"
    )
    delay = models.DurationField(_("配信時間"))
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="step_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "scenario", "delay"], name="step_order")
        ]


class Enrollment(TenantModel):
    """A member's run through a scenario; ``trigger_key`` names the event, so that one event enrols once."""

    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="enrollments", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="enrollments", db_index=False
    )
    trigger_key = models.CharField(max_length=40)
    triggered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "scenario", "member", "trigger_key"],
                name="enrollment_once",
            )
        ]
        indexes = [models.Index(fields=["tenant", "member"], name="enrollment_member")]
