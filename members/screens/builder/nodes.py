"""A group or a row of the builder, as it stands in a form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from members.conditions.kinds.base import DELETED_MESSAGE, MASKED_MESSAGE, RowInputs
from members.conditions.registry import Field, Way, get_condition_field
from members.conditions.tree import BadCondition
from operators.masking import is_masked


@dataclass
class Node:
    """A group (``word`` is set) or a row. ``id`` is its name in the form, the same as long as it stands there."""

    id: int
    parent: int
    word: str = ""
    parts: list["Node"] = made(default_factory=list)
    field: Field | None = None
    way_number: int = 0
    values: RowInputs = made(default_factory=RowInputs)
    error: str = ""
    depth: int = 1
    focus: str = ""

    def __iter__(self) -> Iterator["Node"]:
        yield self
        for part in self.parts:
            yield from part

    @property
    def way(self) -> Way | None:
        return self.field.ways[self.way_number] if self.field else None

    @property
    def way_groups(self) -> list[tuple[str, list[tuple[int, Way]]]]:
        groups: dict[str, list[tuple[int, Way]]] = {}
        for number, way in enumerate(self.field.ways if self.field else ()):
            groups.setdefault(str(way.group), []).append((number, way))
        return list(groups.items())

    @property
    def ticked(self) -> list[str]:
        return self.values.many

    @property
    def options(self) -> list[Any]:
        return list(self.way.kind.options(self.values)) if self.way else []

    @property
    def template(self) -> str:
        return f"members/builder/values/{self.way.kind.template if self.way else 'none'}.html"


def parse_node(text: str) -> tuple[int, int, bool] | None:
    number, _colon, rest = text.partition(":")
    parent, _colon, kind = rest.partition(":")
    usable = all(
        each.isascii() and each.isdigit() and len(each) < 6
        for each in (number, parent or "0")
    )
    return (
        (int(number), int(parent or "0"), kind == "group")
        if usable and number
        else None
    )


def refuse_masked_row(row: Node) -> bool:
    """Take a field away that asks for personal data, with the reason, from who may not see them."""
    if not (row.field and row.field.personal and is_masked()):
        return False
    row.field, row.error = None, str(MASKED_MESSAGE)
    return True


def fill_row(row: Node, data: QueryDict, files: Mapping[str, UploadedFile]) -> None:
    """Fill the row's field, way and inputs from the form.

    Where the field was changed, the way and the inputs start empty.
    """
    name = data.get(f"field-{row.id}", "")
    if not name:
        return
    try:
        row.field = get_condition_field(name)
    except BadCondition:
        row.error = str(DELETED_MESSAGE)
        return
    if refuse_masked_row(row):
        return
    if data.get(f"was-{row.id}", name) != name:
        return
    way = data.get(f"way-{row.id}", "0")
    row.way_number = (
        int(way)
        if way.isascii() and way.isdigit() and int(way[:4]) < len(row.field.ways)
        else 0
    )
    start = f"value-{row.id}-"
    typed = {
        key.removeprefix(start): data.get(key, "")
        for key in data
        if key.startswith(start)
    }
    row.values = RowInputs(
        typed, many=data.getlist(f"{start}many"), file=files.get(f"{start}file")
    )
