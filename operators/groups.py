"""メンバーグループ: who shares with whom.

Other apps attach things to a group; they describe them, and take them over when the group is deleted.
"""

import unicodedata
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from operators import audit
from operators.extension import extensions
from operators.models import OperatorGroup, OperatorGroupSeat, Seat

# What is shared with a group: one line for each thing, saying what becomes of it.
Belongings = Callable[[OperatorGroup], list[str]]


def list_belongings(group: OperatorGroup) -> list[str]:
    every = (each for one in extensions.values() for each in one.belongings)
    return [line for belongings in every for line in belongings(group)]


def list_groups_with_sizes() -> QuerySet[OperatorGroup]:
    """Return the shop's groups by name, each with ``people`` (how many operators) and their seats."""
    return (
        OperatorGroup.objects.annotate(people=Count("places"))
        .prefetch_related("seats__operator")
        .order_by("name")
    )


def list_groups_of_seat(seat: Seat) -> QuerySet[OperatorGroup]:
    """Return the groups this operator belongs to: the only ones that are offered for sharing."""
    return OperatorGroup.objects.filter(places__seat=seat).order_by("name")


@transaction.atomic
def make_group(name: str, seats: Iterable[Seat]) -> OperatorGroup:
    """Make a group. Raise ValidationError when the name is taken."""
    group = save_group_name(OperatorGroup(), name)
    added, _removed = set_group_seats(group, seats)
    audit.record_action("group.made", group, seats=added)
    return group


@transaction.atomic
def change_group(group: OperatorGroup, name: str, seats: Iterable[Seat]) -> None:
    """Set the group's name and its members. Raise ValidationError when another group has the name."""
    OperatorGroup.objects.select_for_update().get(pk=group.pk)
    renamed = name != group.name
    save_group_name(group, name)
    added, removed = set_group_seats(group, seats)
    if renamed or added or removed:
        audit.record_action(
            "group.changed", group, renamed=renamed, added=added, removed=removed
        )


@transaction.atomic
def delete_group(group: OperatorGroup) -> None:
    """Delete the group; what is shared with it goes to those who made it.

    Each app hands over its own things.
    """
    for extension in extensions.values():
        for leave in extension.leave_group:
            leave(group)
    audit.record_action("group.deleted", group)
    group.delete()


def set_group_seats(
    group: OperatorGroup, seats: Iterable[Seat]
) -> tuple[list[int], list[int]]:
    """Make these seats the group's only ones. Return the primary keys of the added and of the removed seats."""
    wanted = {seat.pk for seat in seats}
    there = set(group.places.values_list("seat_id", flat=True))
    group.places.exclude(seat_id__in=wanted).delete()
    OperatorGroupSeat.objects.bulk_create(
        [OperatorGroupSeat(group=group, seat_id=pk) for pk in wanted - there]
    )
    return sorted(wanted - there), sorted(there - wanted)


def save_group_name(group: OperatorGroup, name: str) -> OperatorGroup:
    """Save the group under this name. Raise ValidationError when another group has it.

    Names that differ only in width or case count as the same.
    """
    others = OperatorGroup.objects.exclude(pk=group.pk).values_list("name", flat=True)
    taken = build_name_key(name) in map(build_name_key, others)
    if not taken:
        group.name = name
        try:
            with transaction.atomic():
                group.save()
        except IntegrityError:  # somebody else took it just now
            taken = True
    if taken:
        raise ValidationError(
            _("同じ名前のグループ「%(name)s」があります。別の名前を入力してください。")
            % {"name": name},
            code="taken",
        )
    return group


def build_name_key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
