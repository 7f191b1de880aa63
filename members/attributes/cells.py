"""Values of members as they stand in a cell of the list or on the member's page.

A field is name, email, phone, birthday, or the public id of an attribute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from members.attributes import definitions
from members.models import Attribute, AttributeValue, Member
from members.normalize.birthdays import Birthday


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
    def id(self) -> str:
        return f"cell-{self.member.public_id}-{self.field}"


def find_active_attribute(field: str) -> Attribute | None:
    """Return the attribute of that field, or None when there is none or it is archived."""
    attribute = definitions.find_attribute(field)
    return attribute if attribute and not attribute.archived_at else None


def build_cell(member: Member, attribute: Attribute) -> Cell:
    if attribute.system:
        return Cell(member, attribute, _format_system_value(member, attribute.system))
    value = AttributeValue.objects.filter(attribute=attribute, member=member).first()
    return Cell(
        member, attribute, format_attribute_value(attribute, value) if value else ""
    )


def build_cell_rows(
    members: Sequence[Member], columns: Sequence[Attribute]
) -> dict[int, list[Cell]]:
    """Return member id → the member's cells, in the order of ``columns``.

    One query for all rows; none when all columns are system attributes.
    """
    own = [attribute for attribute in columns if not attribute.system]
    ids = [member.pk for member in members]
    found = (
        AttributeValue.objects.filter(attribute__in=own, member_id__in=ids)
        if own and ids
        else []
    )
    values = {(value.member_id, value.attribute_id): value for value in found}

    def text(member: Member, attribute: Attribute) -> str:
        if attribute.system:
            return _format_system_value(member, attribute.system)
        value = values.get((member.pk, attribute.pk))
        return format_attribute_value(attribute, value) if value else ""

    return {
        member.pk: [Cell(member, each, text(member, each)) for each in columns]
        for member in members
    }


def _format_system_value(member: Member, system: str) -> str:
    if system == "birthday":
        return str(Birthday(member.birthday, member.birth_md))
    return member.phone_shown if system == "phone" else str(getattr(member, system))


def format_attribute_value(attribute: Attribute, value: AttributeValue) -> str:
    if attribute.kind == Attribute.Kind.NUMBER and value.number is not None:
        # A float is exact to 15 digits; more would be noise.
        return f"{Decimal(f'{value.number:.15g}'):,f}"
    if attribute.kind == Attribute.Kind.DATE and value.date:
        return f"{value.date:%Y/%m/%d}"
    return value.text
