"""保存した条件: what is done to one. What its condition names is retained (members/conditions/retention.py)."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from members.conditions.retention import keep, release
from members.conditions.tree import Condition
from members.models import Segment
from members.segments.membership_log import begin_anew, watch
from operators import audit
from operators.groups import group_ending, register_belongings
from operators.models import Operator, OperatorGroup, Seat
from tenants.scope import current_operator

# Where a saved condition is used: apps above return a text for each place, which is shown before it is deleted.
Uses = Callable[[Segment], list[str]]
USES: list[Uses] = []


def register_uses(uses: Uses) -> None:
    USES.append(uses)


def uses_of(segment: Segment) -> list[str]:
    return [line for uses in USES for line in uses(segment)]


@transaction.atomic
def save(
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
        name=name, condition=condition, sort=sort, owner=owner, group=group, for_delivery=for_delivery,
        position=end_of(owner.pk, group),
    )  # fmt: skip
    keep(condition)
    audit.record(
        "segment.saved", segment, group=group and group.pk, for_delivery=for_delivery
    )
    watch(segment, watched)
    return segment


@transaction.atomic
def change(
    segment: Segment,
    name: str,
    group: OperatorGroup | None,
    for_delivery: bool,
    watched: bool = False,
) -> None:
    """Change name and group, and whether messages may be sent by it and whether it is watched; the condition stays."""
    moved = segment.group_id != (group and group.pk)
    if moved:
        segment.group, segment.position = group, end_of(segment.owner_id, group)
    segment.name, segment.for_delivery = name, for_delivery
    segment.save(
        update_fields=["name", "group", "position", "for_delivery", "changed_at"]
    )
    audit.record(
        "segment.changed",
        segment,
        group=group and group.pk,
        moved=moved,
        for_delivery=for_delivery,
    )
    watch(segment, watched)


@transaction.atomic
def overwrite(segment: Segment, condition: Condition, sort: str = "") -> None:
    """Overwrite the condition (上書き): this one holds from now on."""
    before, other = segment.condition, segment.condition != condition
    segment.condition, segment.sort = dict(condition), sort
    segment.save(update_fields=["condition", "sort", "changed_at"])
    keep(condition)
    release(before)
    if other and segment.watched_since:
        begin_anew(segment)
    audit.record("segment.overwritten", segment)


@transaction.atomic
def duplicate(segment: Segment, operator: Operator) -> Segment:
    """Copy a saved condition; the copy is the operator's own, whoever made the first."""
    name = _("%(name)sのコピー") % {"name": segment.name[:50]}
    return save(name, segment.condition, operator, None, segment.sort)


@transaction.atomic
def delete(segment: Segment) -> bool:
    """Delete a saved condition, and return False when something is sent by it.

    Without the condition it would go to more members.
    """
    if uses_of(segment):
        return False
    audit.record("segment.deleted", segment, group=segment.group_id)
    segment.delete()
    release(segment.condition)
    return True


@transaction.atomic
def reorder(
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
    audit.record("segment.reordered", group=group and group.pk, count=len(rows))


# ---------------------------------------------------------------- groups that end
def register_with_groups() -> None:
    register_belongings(belongings)
    group_ending.connect(leave_to_makers, dispatch_uid="segments")


def belongings(group: OperatorGroup) -> list[str]:
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


def leave_to_makers(sender: object, group: OperatorGroup, **news: object) -> None:
    """Give what was shared with a group that ends to its makers.

    What belongs to makers who left the shop goes to the operator who ends the group. Runs inside the caller's
    transaction.
    """
    shared = Segment.objects.filter(group=group)
    if ending := current_operator():
        shared.exclude(owner__in=Seat.objects.values("operator_id")).update(
            owner=ending
        )
    last = (
        Segment.objects.filter(group=None).aggregate(last=Max("position"))["last"] or 0
    )
    if moved := shared.update(group=None, position=last + 1):
        audit.record("segment.left_group", group, count=moved)


def end_of(owner_id: int, group: OperatorGroup | None) -> int:
    last = (
        Segment.objects.in_place(owner_id, group)
        .order_by()
        .aggregate(last=Max("position"))["last"]
    )
    return 0 if last is None else last + 1
