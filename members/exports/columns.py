"""What can stand in an exported file: this app's columns, and those of apps above (members/extension.py)."""

from collections.abc import Iterator

from import_export import fields, resources

from members.attributes import file_joins, file_values
from members.attributes.kinds import get_kind
from members.attributes.member_field import Column
from members.attributes.member_fields import FIELDS
from members.extension import extensions
from members.listing import columns as list_columns
from members.models import Attribute
from operators.models import Seat

COLUMNS = tuple(each.exported for each in FIELDS.values() if each.exported)


# ---------------------------------------------------------------- of one shop
def list_export_columns() -> dict[str, Column]:
    """Return every column that the shop can export, by name.

    These are the built-in ones, the shop's attributes and what other apps know of the shop, without what it archived.
    """
    attributes = Attribute.objects.in_order()
    archived = {each.column for each in attributes if each.archived_at}
    every = [column for each in extensions.values() for column in each.export_columns]
    shown = {column.name: column for column in every if column.name not in archived}
    own = [each for each in attributes if not each.column and not each.archived_at]
    more = [_make_attribute_column(a) for a in own] + [
        column for each in extensions.values() for column in each.shop_columns()
    ]
    return shown | {column.name: column for column in more}


def _make_attribute_column(attribute: Attribute) -> Column:
    return Column(
        f"attribute:{attribute.public_id}",
        attribute.label,
        file_values.build_empty_text,
        number=get_kind(attribute).is_number,
        join=lambda: file_joins.build_value_join(attribute),
        cell=f"attribute_{attribute.pk}.shown",
    )


def list_default_columns(seat: Seat) -> list[str]:
    """Return the columns that are ticked at first: those of this operator's member list, in its order."""
    there = list_export_columns()
    seen = [
        name
        for column in list_columns.get_shown_columns(seat)
        for name in column.exported
    ]
    return [name for name in ("public_id", "name", *seen) if name in there]


# ---------------------------------------------------------------- headings
def build_export_resource(chosen: list[Column]) -> resources.Resource:
    """Return the columns in their order as a Resource, with headings of which no two are alike."""
    resource = resources.Resource()
    resource.fields = {
        column.name: fields.Field(attribute=column.name, column_name=heading)
        for column, heading in zip(chosen, _build_headings(chosen), strict=True)
    }
    return resource


def _build_headings(chosen: list[Column]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for column in chosen:
        label = column.title
        seen[label] = seen.get(label, 0) + 1
        yield label if seen[label] == 1 else f"{label}（{seen[label]}）"
