"""What a column of a file can be: its widgets, which are django-import-export's, clean one cell.

Only the description is the library's. Its own import, row by row, took over an hour for a million rows; so
members/imports/check/clean.py cleans a whole column, with these widgets for what is not of the ordinary form.
"""

from dataclasses import dataclass
from typing import Any

from members.attributes.import_cells import Cells, CellWidget, TagsWidget
from members.attributes.member_fields import FIELDS
from members.attributes.values import parse_attribute_value
from members.models import Attribute, Tag
from members.normalize.files.headings import SYNONYMS
from members.normalize.files.shift_jis import restore_name


class AttributeWidget(CellWidget):
    """The value of a 会員情報項目 as text that PostgreSQL reads back: 1200.0, 2026-11-22, 青."""

    blank = (None,)

    def __init__(self, attribute: Attribute) -> None:
        self.attribute, self.columns = attribute, (f"attribute:{attribute.pk}",)
        super().__init__()

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        if self.attribute.kind == Attribute.Kind.CHOICE:
            value = restore_name(value, self.attribute.choices)
        typed = parse_attribute_value(self.attribute, value)
        return (None if typed is None else str(typed),)


IGNORE = "ignore"
# Every column of a file about members; those of the shop's attributes are added to them below.
COLUMNS = {each.key: each for field in FIELDS.values() for each in field.imported}
# Imported only where the operator said so by a switch.
CONSENT = tuple(key for key, each in COLUMNS.items() if each.consent)
# The columns that find a member, strongest first.
KEYS = {
    each.key: each.label
    for each in sorted(COLUMNS.values(), key=lambda each: each.strength)
    if each.strength
}


@dataclass(frozen=True)
class Target:
    """One thing a column can be: ``key`` is stored in the mapping, ``label`` is read by the operator."""

    key: str
    label: str
    widget: CellWidget

    @property
    def synonyms(self) -> list[str]:
        """What files call it."""
        own = isinstance(self.widget, AttributeWidget)
        key = self.widget.attribute.system if own else self.key
        return SYNONYMS.get(key, "").split()


def list_targets() -> dict[str, Target]:
    """Return all targets by key, among them the attributes of the shop that are in use."""
    rows = Attribute.objects.in_order()
    archived = {each.column for each in rows if each.archived_at}
    found = {
        column.key: Target(column.key, str(column.label), column.widget)
        for key, field in FIELDS.items()
        for column in field.imported
        if key not in archived
    }
    tags = list(Tag.objects.order_by("pk").values_list("name", flat=True))
    found["tags"] = Target("tags", found["tags"].label, TagsWidget(tags))
    for attribute in (
        each for each in rows if not each.column and not each.archived_at
    ):
        key = f"attribute:{attribute.pk}"
        found[key] = Target(key, attribute.label, AttributeWidget(attribute))
    return found
