"""保存した条件: a condition with a name. The condition is saved, never its result.

Who matched is stored beside it only to record who joined and who left; nothing is sent by that.
"""

from typing import Any

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.fields import ConditionField, LazyText
from members.models.member import Member
from operators.models import OperatorGroup, Seat
from operators.roles import EDIT, MANAGE, SEND
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantManager, TenantModel, TenantQuerySet
from tenants.scope import get_current_operator


class SegmentQuerySet(TenantQuerySet["Segment"]):
    def seen_by(self, seat: Seat) -> "SegmentQuerySet":
        """Return the operator's own conditions and those of the operator's groups, in the order of the lists."""
        groups = OperatorGroup.objects.filter(places__seat=seat).values("pk")
        found = self.filter(
            models.Q(owner=seat.operator_id) | models.Q(group__in=groups)
        )
        return found.select_related("owner", "group").order_by("position", "pk")

    def for_messages(
        self, seat: Seat, chosen: "Segment | None" = None
    ) -> "SegmentQuerySet":
        """Return the conditions by which messages may be sent, and the one that is chosen already."""
        seen = self.seen_by(seat).filter(for_delivery=True).values("pk")
        found = self.filter(
            models.Q(pk__in=seen) | models.Q(pk=chosen.pk if chosen else None)
        )
        return found.select_related("group").order_by("name", "pk")

    def for_usage(self) -> "SegmentQuerySet":
        """Give each ``is_seen``: whether the operator who asks may see it; without one everything is seen."""
        seen = models.Q()
        if operator := get_current_operator():
            groups = OperatorGroup.objects.filter(places__seat__operator=operator)
            seen = models.Q(owner=operator) | models.Q(group__in=groups.values("pk"))
        is_seen: Any = models.Value(True)
        if seen:
            is_seen = models.Case(models.When(seen, then=True), default=False)
        rows = self.select_related("owner", "group")
        return rows.annotate(is_seen=is_seen)  # type: ignore[no-redef]

    def in_place(self, owner_id: int, group: OperatorGroup | None) -> "SegmentQuerySet":
        """Return one list: the conditions of a group, or one operator's own."""
        place = models.Q(group=group) if group else models.Q(owner=owner_id, group=None)
        return self.filter(place).order_by("position", "pk")


class Segment(TenantModel):
    """Its maker's own (個人用) while ``group`` is empty, else shared with that operator group."""

    public_id = PublicIdField()
    name = models.CharField(_("条件名"), max_length=60)
    # See members/conditions/tree.py. Value lists and texts that it names are retained (``kept``).
    condition = ConditionField(default=dict, used_as=lambda row: row.usage_words())
    sort = models.CharField(max_length=20, blank=True)
    owner = models.ForeignKey(
        "operators.Operator", on_delete=models.PROTECT, related_name="+"
    )
    # When a group is deleted, its conditions stay with their makers.
    group = models.ForeignKey(
        OperatorGroup, null=True, on_delete=models.SET_NULL, related_name="segments"
    )
    position = models.PositiveIntegerField(default=0)
    for_delivery = models.BooleanField(_("配信の対象に使う"), default=False)
    # 参加・離脱を毎日記録する (members/segments/membership_log.py): since when, and the last day recorded.
    watched_since = models.DateTimeField(null=True)
    watched_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    is_seen: bool  # by for_usage()

    objects = TenantManager.from_queryset(SegmentQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="segment_public_id"
            )
        ]
        indexes = [models.Index(fields=["tenant", "owner"], name="segment_of_owner")]

    def __str__(self) -> str:
        return self.name

    def changeable_by(self, seat: Seat) -> bool:
        """Return whether this operator may change it.

        One's own: always. One that others see: its maker with the right to edit, and managers. One by which messages
        are sent decides who gets them, so that it needs the right to send.
        """
        if self.for_delivery and not seat.can(SEND):
            return False
        if seat.can(MANAGE):
            return True
        return self.owner_id == seat.operator_id and (
            not self.group_id or seat.can(EDIT)
        )

    @property
    def named(self) -> str:
        """The name with its owner: 「優良会員（販促）」, 「優良会員（個人用）」."""
        owner = self.group.name if self.group else gettext("個人用")
        return f"{self.name}（{owner}）"

    # ---------------------------------------------------------------- as what uses a tag (members/usage/)
    def usage_words(self) -> LazyText:
        if self.is_seen:
            return _("保存した条件")
        if self.group:
            return _("グループで共有した保存した条件")
        return _("個人用の保存した条件")

    def usage_name(self) -> str:
        """Return its name; of what the operator does not see only whose it is."""
        return self.name if self.is_seen else (self.group or self.owner).name

    def usage_url(self) -> LazyText:
        if not self.is_seen:
            return ""
        return reverse_lazy("members:segment", args=[self.public_id])


class SegmentMember(TenantModel):
    """A member who fitted when it was last recorded. No foreign keys in the database, as with MemberTag."""

    pk = models.CompositePrimaryKey("tenant_id", "segment_id", "member_id")
    tenant = TenantKey(db_constraint=False)
    segment = models.ForeignKey(
        Segment,
        on_delete=models.CASCADE,
        related_name="noted",
        db_index=False,
        db_constraint=False,
    )
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    since = models.DateField()


class SegmentChange(TenantModel):
    """A member who joined or left, and the day on which it was recorded; stored for 90 days.

    No foreign keys, as above.
    """

    pk = models.CompositePrimaryKey("tenant_id", "segment_id", "day", "member_id")
    tenant = TenantKey(db_constraint=False)
    segment = models.ForeignKey(
        Segment,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    day = models.DateField()
    joined = models.BooleanField()
