"""Broadcasts (一斉配信): one message to everybody, to a tag, to a condition or to a selection, once."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Segment, Tag
from members.models.fields import ConditionField, LazyText, UsedKey
from messaging.models.accounts import LineAccount
from messaging.models.contents import Content, Way
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=models.Model)


class BroadcastQuerySet(TenantQuerySet[M]):
    def listed(self) -> "BroadcastQuerySet[M]":
        """Sort newest first and fetch what the list shows beside each."""
        rows = self.select_related(
            "account", "tag", "segment", "content", "mail_content", "tenant"
        )
        return rows.order_by("-created_at", "-pk")


class Broadcast(TenantModel):
    """One message to an audience. Once the audience is fixed each of its members has a delivery, sent or skipped."""

    class State(models.IntegerChoices):
        DRAFT = 0, _("下書き")
        BOOKED = 1, _("予約済み")
        FIXED = 2, _("配信中")
        STOPPED = 3, _("停止しました")
        BROKEN = 4, _("開始できません")

    class Audience(models.TextChoices):
        EVERYBODY = "all", _("すべての会員")
        TAG = "tag", _("タグが付いている会員")
        SEGMENT = "segment", _("保存した条件に当てはまる会員")
        CONDITION = "cond", _("条件に当てはまる会員")
        PICKED = "picked", _("会員リストで選択した会員")

    class FixedAt(models.TextChoices):
        SENDING = "send", _("配信時点")
        BOOKING = "book", _("予約時点")

    EDITABLE = (State.DRAFT, State.BROKEN)
    RUNNING = (State.BOOKED, State.FIXED)

    public_id = PublicIdField()
    name = models.CharField(_("配信名"), max_length=100)
    # None where it goes by mail.
    account = models.ForeignKey(
        LineAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    way = models.CharField(
        _("送信方法"),
        max_length=6,
        choices=Way.choices,
        default=Way.LINE,
        db_default=Way.LINE,
    )
    # None while nothing is written: a draft that was opened from the member list.
    content = models.ForeignKey(
        Content, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # With EITHER: what goes by mail to whom LINE does not reach.
    mail_content = models.ForeignKey(
        Content, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    audience = models.CharField(
        max_length=7, choices=Audience.choices, default=Audience.EVERYBODY
    )
    tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("一斉配信の宛先"),
    )
    segment = UsedKey(
        Segment,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("一斉配信「%(name)s」の宛先"),
    )
    # The condition of CONDITION, or that of a frozen selection of the member list (members/listing/selection.py), whose
    # rest is ``picked``.
    condition = ConditionField(default=dict, used_as=_("一斉配信の宛先"))
    picked = models.JSONField(null=True)
    fixed_at = models.CharField(
        max_length=4, choices=FixedAt.choices, default=FixedAt.SENDING
    )
    is_ad = models.BooleanField(default=True)
    state = models.SmallIntegerField(choices=State.choices, default=State.DRAFT)
    # None: as soon as it is started.
    due_at = models.DateTimeField(null=True)
    # How many deliveries it has, once its audience is fixed.
    audience_count = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True)

    objects = TenantManager.from_queryset(BroadcastQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="broadcast_public_id"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="broadcast_newest"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def usage_url(self) -> LazyText:
        return reverse_lazy("messaging:broadcast", args=[self.public_id])

    @property
    def selection(self) -> dict[str, Any]:
        """The frozen selection as it was made; {"ids": []} without one."""
        rest = dict(self.picked or {"ids": []})
        return {**rest, "condition": self.condition} if "until" in rest else rest

    @property
    def contents(self) -> list[Content]:
        """What it says, by each way that it may go."""
        return [each for each in (self.content, self.mail_content) if each]

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    def starts_at(self, now: datetime) -> datetime:
        """Return when the first message may go out: the chosen time, but never before now."""
        return max(self.due_at or now, now)
