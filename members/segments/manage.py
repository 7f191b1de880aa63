"""保存した条件: what is done to one. What its condition names is retained (members/conditions/retention.py)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from members.conditions.retention import (
    release_condition_values,
    retain_condition_values,
)
from members.conditions.tree import Condition
from members.models import Segment
from members.models.fields import list_keys
from members.segments.membership_log import reset_membership_log, watch_segment
from members.usage.rows import describe_usage, list_rows
from operators import audit
from operators.models import Operator, OperatorGroup, Seat
from tenants.scope import get_current_operator


def find_segment_usage(segment: Segment) -> list[str]:
    """Return a line for each place where it is used; while there is one it is not deleted."""
    return [
        describe_usage(key, row).line
        for key in list_keys(Segment)
        for row in list_rows(key).filter(**{key.attname: segment.pk})
    ]


@transaction.atomic
def save_segment(
    name: str,
    condition: Condition,
    owner: Operator,
    group: OperatorGroup | None = None,
    sort: str = "",
    for_delivery: bool = False,
    watched: bool = False,
) -> Segment:
    """Create a saved condition, at the end of its list."""
    segment = Segment.objects.create(
        name=name,
        condition=condition,
        sort=sort,
        owner=owner,
        group=group,
        for_delivery=for_delivery,
        position=_get_end_position(owner.pk, group),
    )
    retain_condition_values(condition)
    audit.record_action(
        "segment.saved", segment, group=group and group.pk, for_delivery=for_delivery
    )
    watch_segment(segment, watched)
    return segment


@transaction.atomic
def change_segment(
    segment: Segment,
    name: str,
    group: OperatorGroup | None,
    for_delivery: bool,
    watched: bool = False,
) -> None:
    """Change name and group, and whether messages may be sent by it and whether it is watched; the condition stays."""
    moved = segment.group_id != (group and group.pk)
    if moved:
        segment.group, segment.position = (
            group,
            _get_end_position(segment.owner_id, group),
        )
    segment.name, segment.for_delivery = name, for_delivery
    segment.save(
        update_fields=["name", "group", "position", "for_delivery", "changed_at"]
    )
    audit.record_action(
        "segment.changed",
        segment,
        group=group and group.pk,
        moved=moved,
        for_delivery=for_delivery,
    )
    watch_segment(segment, watched)


@transaction.atomic
def overwrite_segment(segment: Segment, condition: Condition, sort: str = "") -> None:
    """Overwrite the condition (上書き): this one holds from now on."""
    before, other = segment.condition, segment.condition != condition
    segment.condition, segment.sort = dict(condition), sort
    segment.save(update_fields=["condition", "sort", "changed_at"])
    retain_condition_values(condition)
    release_condition_values(before)
    if other and segment.watched_since:
        reset_membership_log(segment)
    audit.record_action("segment.overwritten", segment, before=before, after=condition)


def find_condition_at(segment: Segment, at: datetime) -> Condition:
    """Return the condition as it read at that moment."""
    change = audit.find_next_data(segment, "segment.overwritten", at)
    found: Condition = change.get("before", segment.condition)
    return found


@transaction.atomic
def duplicate_segment(segment: Segment, operator: Operator) -> Segment:
    """Copy a saved condition; the copy is the operator's own, whoever made the first."""
    name = _("%(name)sのコピー") % {"name": segment.name[:50]}
    return save_segment(name, segment.condition, operator, None, segment.sort)


@transaction.atomic
def delete_segment(segment: Segment) -> bool:
    """Delete a saved condition, and return False when something is sent by it.

    Without the condition it would go to more members.
    """
    if find_segment_usage(segment):
        return False
    audit.record_action("segment.deleted", segment, group=segment.group_id)
    segment.delete()
    release_condition_values(segment.condition)
    return True


@transaction.atomic
def reorder_segments(
    owner: Operator, group: OperatorGroup | None, public_ids: Sequence[str]
) -> None:
    """Put one list into this order.

    What is not named, such as one saved concurrently, comes after.
    """
    place = {public_id: number for number, public_id in enumerate(public_ids)}
    rows = list(
        Segment.objects.in_place(owner.pk, group).select_for_update(no_key=True)
    )
    rows.sort(key=lambda row: place.get(row.public_id, len(place)))
    for position, row in enumerate(rows):
        row.position = position
    Segment.objects.bulk_update(rows, ["position"])
    audit.record_action("segment.reordered", group=group and group.pk, count=len(rows))


# ---------------------------------------------------------------- groups that end
def describe_belongings(group: OperatorGroup) -> list[str]:
    """Return a text for each saved condition that is shared with the group: whose it becomes."""
    shared = (
        Segment.objects.filter(group=group)
        .select_related("owner")
        .order_by("position", "pk")
    )
    words = _("検索条件「%(name)s」は%(owner)sさんの個人用になります。")
    return [
        words % {"name": segment.name, "owner": segment.owner.name}
        for segment in shared
    ]


def leave_to_makers(group: OperatorGroup) -> None:
    """Give what was shared with a group that ends to its makers.

    What belongs to makers who left the shop goes to the operator who ends the group. Runs inside the caller's
    transaction.
    """
    shared = Segment.objects.filter(group=group)
    if ending := get_current_operator():
        shared.exclude(owner__in=Seat.objects.values("operator_id")).update(
            owner=ending
        )
    last = (
        Segment.objects.filter(group=None).aggregate(last=Max("position"))["last"] or 0
    )
    if moved := shared.update(group=None, position=last + 1):
        audit.record_action("segment.left_group", group, count=moved)


def _get_end_position(owner_id: int, group: OperatorGroup | None) -> int:
    last = (
        Segment.objects.in_place(owner_id, group)
        .order_by()
        .aggregate(last=Max("position"))["last"]
    )
    return 0 if last is None else last + 1
