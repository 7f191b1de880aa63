"""Values of members as they stand in a cell of the list or on the member's page.

A field is name, email, phone, birthday, or the public id of an attribute.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from members.attributes import definitions
from members.attributes.kinds import AttributeKind, get_kind, show_value
from members.attributes.member_fields import FIELDS
from members.models import Attribute, AttributeValue, Member


@dataclass(frozen=True)
class Cell:
    """``value`` is what the page shows, and what is typed to get the same value again; "" for none."""

    member: Member
    attribute: Attribute
    value: str

    @property
    def field(self) -> str:
        return definitions.get_attribute_key(self.attribute)

    @property
    def kind(self) -> AttributeKind:
        return get_kind(self.attribute)

    @property
    def input_mode(self) -> str:
        field = FIELDS.get(self.attribute.column)
        return field.input_mode if field else self.kind.input_mode

    @property
    def id(self) -> str:
        return f"cell-{self.member.public_id}-{self.field}"


def find_active_attribute(field: str) -> Attribute | None:
    """Return the attribute of that field, or None when there is none or it is archived."""
    attribute = definitions.find_attribute(field)
    return attribute if attribute and not attribute.archived_at else None


def build_cell(member: Member, attribute: Attribute) -> Cell:
    if attribute.column:
        return Cell(member, attribute, FIELDS[attribute.column].show(member))
    value = AttributeValue.objects.filter(
        attribute_id=attribute.pk, member=member
    ).first()
    return Cell(member, attribute, show_value(attribute, value) if value else "")


def build_cell_rows(
    members: Sequence[Member], columns: Sequence[Attribute]
) -> dict[int, list[Cell]]:
    """Return member id → the member's cells, in the order of ``columns``.

    One query for all rows; none when all columns are columns of Member.
    """
    own = [each for each in columns if each.pk and not each.column]
    ids = [member.pk for member in members]
    found = (
        AttributeValue.objects.filter(attribute__in=own, member_id__in=ids)
        if own and ids
        else []
    )
    values = {(value.member_id, value.attribute_id): value for value in found}

    def text(member: Member, attribute: Attribute) -> str:
        if attribute.column:
            return FIELDS[attribute.column].show(member)
        value = values.get((member.pk, attribute.pk))
        return show_value(attribute, value) if value else ""

    return {
        member.pk: [Cell(member, each, text(member, each)) for each in columns]
        for member in members
    }
