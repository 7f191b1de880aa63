"""The columns of the member list that an operator sees. The name is always there.

Everybody sees a column for each attribute that is shown in the list, except those who hid it for themselves.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.attributes.cells import build_cell_rows
from members.attributes.definitions import (
    IDENTITY,
    list_attributes,
    list_column_attributes,
)
from members.models import Attribute, Member
from operators.models import Seat

LIST, LIST_WITHOUT = "members", "members_without"
COLUMNS: dict[str, str | Promise] = {
    "contact": _("連絡先"),
    "link": _("連携状態"),
    "line": _("友だち"),
    "tags": _("タグ"),
    "known": _("認知済み"),
    "seen": _("最終反応"),
    "visits": _("訪問回数"),
    "sessions": _("セッション数"),
    "created": _("登録日"),
}
DEFAULT_COLUMNS = [key for key in COLUMNS if key not in ("known", "visits", "sessions")]


def _get_column_key(attribute: Attribute) -> str:
    return f"attr:{attribute.system or attribute.public_id}"


def get_shown_columns(seat: Seat) -> list[str]:
    """Return the keys of the fixed columns that this seat sees, in the order of the list."""
    chosen = seat.columns.get(LIST, DEFAULT_COLUMNS)
    return [key for key in COLUMNS if key in chosen]


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
        LIST: [key for key in COLUMNS if key in wanted],
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
        own = cells[member.pk]
        member.identity = {cell.field: cell for cell in own[: len(identity)]}  # type: ignore[attr-defined]
        member.attribute_cells = own[len(identity) :]  # type: ignore[attr-defined]
    return {
        "all_columns": {**COLUMNS, **{_get_column_key(each): each.label for each in offered}},
        "columns": [*get_shown_columns(seat), *map(_get_column_key, attributes)],
        "attribute_columns": attributes,
        "name_archived": "name" not in {each.system for each in identity},
    }  # fmt: skip
