"""Triggers about a member and their LINE account."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Member, MemberTag, Tag, TagBatch
from messaging.models import Trigger
from messaging.triggers.base import TriggerKind

MEMBER = _("会員")
LINE = pgettext_lazy("triggers", "LINE")


class TagAdded(TriggerKind):
    label = _("タグが付いたとき")
    family = MEMBER
    help = _(
        "フォームの回答、一括タグ付け、カート連携、取り込みのどれで付いても始まります。"
    )
    subject = "tag"
    needs_subject = True

    def list_subjects(self) -> Iterable[tuple[str, str]]:
        rows = Tag.objects.order_by("name_key", "pk")
        return rows.values_list("public_id", "name")

    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        batches = TagBatch.objects.filter(
            tag=trigger.tag, action=TagBatch.Action.ADD, at__gte=since, count__gt=0
        )
        key = Concat(
            Value("tag:"),
            Cast("pk", CharField()),
            output_field=CharField(max_length=40),
        )
        return batches.exclude(member_tags=None).values_list(
            F("member_tags__member_id"), key
        )

    def find_current(self, trigger: Trigger) -> QuerySet[Any] | None:
        return MemberTag.objects.filter(tag=trigger.tag).values("member_id")


class FriendAdded(TriggerKind):
    label = _("友だち追加されたとき")
    family = LINE
    help = _("LINEの友だち追加で始まります。ブロックの解除も友だち追加に含まれます。")
    roles = ("start",)

    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        friends = Member.objects.filter(
            line_state=Member.LineState.FRIEND,
            line_state_at__gte=since,
            deleted_at=None,
        )
        key = Value(
            f"missed:{since.timestamp():.0f}", output_field=CharField(max_length=40)
        )
        return friends.values_list("pk", key)

    def find_current(self, trigger: Trigger) -> QuerySet[Any] | None:
        friends = Member.objects.filter(line_state=Member.LineState.FRIEND)
        return friends.filter(deleted_at=None).values("pk")


class FirstSeen(TriggerKind):
    label = _("初めて反応があったとき")
    family = LINE
    help = _(
        "友だち追加の記録がない方から、初めてメッセージや操作が届いたときに始まります。"
    )
    roles = ("start",)


class Blocked(TriggerKind):
    label = _("ブロックされたとき")
    family = LINE
    roles = ("stop",)
