"""Scenarios (ステップメッセージ): what starts them, their steps, and who runs through them."""

from typing import TypeVar

from django.db import models
from django.db.models import F, Prefetch
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Attribute, Segment, Tag
from members.models.fields import ConditionField, LazyText, UsedKey
from messaging.models.accounts import LineAccount
from messaging.models.contents import Content, Way
from messaging.schedule.due import Timing, Window
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=models.Model)


class ScenarioGroup(TenantModel):
    """Scenarios that exclude each other: of one group a member runs through one at a time."""

    public_id = PublicIdField()
    name = models.CharField(_("グループ名"), max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="scenariogroup_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="scenariogroup_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioQuerySet(TenantQuerySet[M]):
    def listed(self) -> "ScenarioQuerySet[M]":
        """Sort newest first and fetch what the list shows beside each."""
        rows = self.filter(deleted_at=None).select_related("account")
        triggers = Trigger.objects.select_related("tag", "attribute").order_by("pk")
        rows = rows.prefetch_related(Prefetch("triggers", triggers), "steps")
        return rows.order_by("-created_at", "-id")


class Scenario(TenantModel):
    """A step message: what happens to a member starts it, and its steps follow in time."""

    class SecondEvent(models.TextChoices):
        """What another event does that would start it again (F9)."""

        EVERY = "every", _("毎回送信する")
        ONCE = "once", _("一度だけ送信する")
        NOT_RUNNING = "not_running", _("シナリオ実行中なら送信しない")
        RESTART = "restart", _("新しいシナリオを実行")

    class CountsFrom(models.TextChoices):
        """The moment from which the delays count (F4)."""

        EVENT = "event", _("きっかけの日時")
        SHIPPING = "shipping", _("注文の出荷日（営業日カレンダーで計算）")

    public_id = PublicIdField()
    name = models.CharField(_("メッセージ管理名"), max_length=100)
    # None where all its messages go by mail.
    account = models.ForeignKey(
        LineAccount, null=True, on_delete=models.PROTECT, related_name="scenarios"
    )
    # 広告, else 手続き: what a customer has to hear about a thing they ordered or asked for.
    is_ad = models.BooleanField(default=True, db_default=True)
    is_on = models.BooleanField(_("ステータス"), default=False)
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
    # 送信時間帯: what would go out outside it goes out at its next start. Both or neither.
    send_from = models.TimeField(_("送信を始める時刻"), null=True)
    send_until = models.TimeField(_("送信を終える時刻"), null=True)
    group = models.ForeignKey(
        ScenarioGroup, null=True, on_delete=models.SET_NULL, related_name="scenarios"
    )
    second_event = models.CharField(
        _("2回目のきっかけ"),
        max_length=12,
        choices=SecondEvent.choices,
        default=SecondEvent.EVERY,
    )
    # With SHIPPING an order counts from the business day on which it leaves (messaging/calendar/business_days.py).
    counts_from = models.CharField(
        _("日数を数え始める日"),
        max_length=8,
        choices=CountsFrom.choices,
        default=CountsFrom.EVENT,
        db_default=CountsFrom.EVENT,
    )
    # How often a member may come in at most; None for as often as it is triggered.
    max_runs = models.PositiveSmallIntegerField(_("1名あたりの上限回数"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    switched_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

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

    @property
    def starts(self) -> "list[Trigger]":
        """What starts it, in the order in which it was chosen."""
        return [row for row in self.triggers.all() if row.role == Trigger.Role.START]

    @property
    def stops(self) -> "list[Trigger]":
        """What ends a member's run through it: stop conditions and goals."""
        return [row for row in self.triggers.all() if row.role != Trigger.Role.START]

    @property
    def trigger_tags(self) -> list[Tag]:
        return [row.tag for row in self.starts if row.kind == TAG_ADDED and row.tag]

    @property
    def window(self) -> Window | None:
        if self.send_from is None or self.send_until is None:
            return None
        return Window(self.send_from, self.send_until)


TAG_ADDED = "tag_added"


class Trigger(TenantModel):
    """What starts a scenario, stops a member's run through it, or is its goal; any of several.

    ``kind`` names a class of messaging/triggers/kinds.py or of an upper app. What it is about stands in ``tag``, in
    ``attribute`` or, where it is a thing of an upper app, in ``ref`` by its public id; "" is any.
    """

    class Role(models.TextChoices):
        START = "start", _("きっかけ")
        STOP = "stop", _("停止条件")
        GOAL = "goal", _("ゴール")

    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="triggers"
    )
    role = models.CharField(max_length=5, choices=Role.choices, default=Role.START)
    kind = models.CharField(max_length=30, default=TAG_ADDED)
    tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=lambda row: row.usage_words(),
        shown="scenario",
    )
    attribute = UsedKey(
        Attribute,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=lambda row: row.usage_words(),
        shown="scenario",
    )
    ref = models.CharField(max_length=40, blank=True)
    # {"days": -7}: so many days after a date of the member, or before it.
    params = models.JSONField(default=dict)
    # The last day of the shop for which a date was looked at.
    fired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "scenario", "role", "kind", "tag"],
                name="trigger_once",
            )
        ]

    def usage_words(self) -> LazyText:
        """Return what it uses a tag or an attribute as."""
        words: dict[str, LazyText] = {
            self.Role.STOP: _("ステップメッセージの停止条件"),
            self.Role.GOAL: _("ステップメッセージのゴール"),
        }
        return words.get(self.role, _("ステップメッセージのトリガー"))

    @property
    def subject(self) -> str:
        """What an event must be about to count; "" for any."""
        return str(self.tag_id or self.attribute_id or self.ref)


class StepQuerySet(TenantQuerySet[M]):
    def in_order(self) -> "StepQuerySet[M]":
        """Sort as they go out."""
        return self.order_by(
            "months", "delay", F("at_time").asc(nulls_first=True), "pk"
        )


class Step(TenantModel):
    """One message of a scenario, ``months`` and ``delay`` after the trigger, perhaps at a time of day."""

    public_id = PublicIdField()
    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="steps"
    )
    delay = models.DurationField(_("配信時間"))
    months = models.PositiveSmallIntegerField(_("か月後"), default=0)
    at_time = models.TimeField(_("時刻"), null=True)
    # Days of the delay are days on which the shop works.
    open_days = models.BooleanField(_("営業日で数える"), default=False)
    way = models.CharField(
        max_length=6, choices=Way.choices, default=Way.LINE, db_default=Way.LINE
    )
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")
    # With EITHER: what goes by mail to whom LINE does not reach.
    mail_content = models.ForeignKey(
        Content, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = TenantManager.from_queryset(StepQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="step_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "scenario", "delay"], name="step_order")
        ]

    @property
    def contents(self) -> "list[Content]":
        """What it says, by each way that it may go."""
        return [self.content, *([self.mail_content] if self.mail_content else [])]

    def timing(self, window: Window | None) -> Timing:
        """Return when it goes out, as due_at reads it; ``window``: the scenario's."""
        return Timing(self.delay, self.months, self.at_time, window, self.open_days)
