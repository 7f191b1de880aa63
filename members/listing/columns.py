"""The columns of the member list that an operator sees. The name is always there.

Everybody sees a column for each attribute that is shown in the list, except those who hid it for themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from members.attributes.cells import Cell, build_cell_rows
from members.attributes.definitions import (
    IDENTITY,
    list_attributes,
    list_column_attributes,
)
from members.attributes.kinds import get_kind
from members.extension import extensions
from members.models import Attribute, Member
from operators.models import Seat

LIST, LIST_WITHOUT = "members", "members_without"


@dataclass(frozen=True)
class ListColumn:
    """One column of the member list. An app above hands in its own (members/extension.py).

    ``load(members)``: what stands in the cell of each of these members (those of one page), by their numbers: text,
    safe HTML, or a Cell or more that can be edited in place. Rows that it needs are read for all of them at once.
    ``is_usual``: seen by whoever chose nothing.
    ``exported``: the columns of a file that say the same. ``place``: from left to right; the attributes stand at 50.
    ``sort``: the name in ``?sort=``. ``head``, ``cell``: classes of the heading and of the cells.
    """

    key: str
    label: str | Promise
    load: Callable[[Sequence[Member]], Mapping[int, Any]]
    is_usual: bool = True
    exported: tuple[str, ...] = ()
    place: int = 100
    sort: str = ""
    head: str = ""
    cell: str = ""


# The place of the shop's attributes.
ATTRIBUTES_AT = 50


def list_fixed_columns() -> list[ListColumn]:
    """Return the columns that every shop has, from left to right."""
    found = [column for each in extensions.values() for column in each.list_columns]
    return sorted(found, key=lambda column: column.place)


def _make_attribute_column(
    attribute: Attribute, cells: Mapping[int, Cell]
) -> ListColumn:
    """``cells``: of the members on the page, by their numbers."""
    classes = "num" if get_kind(attribute).is_number else ""
    return ListColumn(
        _get_column_key(attribute),
        attribute.label,
        lambda members: cells,
        place=ATTRIBUTES_AT,
        head=classes,
        cell=classes,
    )


def _get_column_key(attribute: Attribute) -> str:
    return f"attr:{attribute.system or attribute.public_id}"


def list_initial_columns() -> list[str]:
    """Return the keys of what an operator sees who chose nothing."""
    return [column.key for column in list_fixed_columns() if column.is_usual]


def get_shown_columns(seat: Seat) -> list[ListColumn]:
    """Return the fixed columns that this seat sees, in the order of the list."""
    chosen = seat.columns.get(LIST, list_initial_columns())
    return [column for column in list_fixed_columns() if column.key in chosen]


def _select_shown_attributes(
    seat: Seat, attributes: Sequence[Attribute]
) -> list[Attribute]:
    without = seat.columns.get(LIST_WITHOUT, [])
    return [
        attribute
        for attribute in attributes
        if _get_column_key(attribute) not in without
    ]


def save_column_choice(seat: Seat, keys: Iterable[str]) -> None:
    """Save the choice of this operator in this shop; keys that name no column are ignored."""
    wanted = set(keys)
    without = [
        _get_column_key(attribute)
        for attribute in list_column_attributes()
        if _get_column_key(attribute) not in wanted
    ]
    seat.columns = {
        **seat.columns,
        LIST: [column.key for column in list_fixed_columns() if column.key in wanted],
        LIST_WITHOUT: without,
    }
    seat.save(update_fields=["columns"])


def build_list_columns(seat: Seat, members: Sequence[Member]) -> dict[str, Any]:
    """Return what the templates of the list need: the columns to choose from, those shown, and the attributes.

    Each member gets its cells, as ``identity`` and ``attribute_cells``.
    """
    rows = list_attributes()
    offered = list_column_attributes(rows)
    attributes = _select_shown_attributes(seat, offered)
    identity = [
        each for each in rows if each.system in IDENTITY and not each.archived_at
    ]
    cells = build_cell_rows(members, [*identity, *attributes])
    for member in members:
        own = cells[member.pk][: len(identity)]
        member.identity = {cell.field: cell for cell in own}  # type: ignore[attr-defined]
    own_columns = [
        _make_attribute_column(each, {pk: row[place] for pk, row in cells.items()})
        for place, each in enumerate(attributes, start=len(identity))
    ]
    columns = sorted(
        [*get_shown_columns(seat), *own_columns], key=lambda each: each.place
    )
    _fill_cells(members, columns)
    fixed = {column.key: column.label for column in list_fixed_columns()}
    return {
        "all_columns": {
            **fixed,
            **{_get_column_key(each): each.label for each in offered},
        },
        "columns": [column.key for column in columns],
        "list_columns": columns,
        "name_archived": "name" not in {each.system for each in identity},
    }


def _fill_cells(members: Sequence[Member], columns: Sequence[ListColumn]) -> None:
    """Give each member its ``list_cells``: (column, what stands in it)."""
    loaded = [(column, column.load(members)) for column in columns]
    for member in members:
        member.list_cells = [  # type: ignore[attr-defined]
            (column, values.get(member.pk, "")) for column, values in loaded
        ]
