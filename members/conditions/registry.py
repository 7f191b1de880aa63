"""What can be asked about a member, by this app and by those above (members/extension.py)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from members.conditions.kinds.base import (
    BadCondition,
    DanglingCondition,
    Kind,
    LazyText,
)
from members.extension import extensions


@dataclass(frozen=True)
class Way:
    """One line of the builder's second choice: an operator and one kind of value to compare with.

    ``said``: the value as on a chip. ``group``: a heading above such lines.
    """

    op: str
    label: LazyText
    kind: Kind
    said: LazyText = "%(value)s"
    group: LazyText = ""


@dataclass(frozen=True)
class Field:
    """One thing to ask about a member. ``compile(op, value)``: the Q on Member.

    ``sentence(op, value)``: the whole in words, ending in 会員; default 「label：value」. ``item``: the key of the
    system attribute that it asks about; while that is archived, the field cannot be used. ``personal``: it asks who
    somebody is, which is for those alone who see it in clear.
    """

    name: str
    label: LazyText
    group: LazyText
    ways: tuple[Way, ...]
    compile: Callable[[str, Any], Q]
    sentence: Callable[[str, Any], str] | None = None
    in_builder: bool = True
    item: str = ""
    personal: bool = False

    def way(self, op: Any, value: Any) -> Way:
        """Return the line of the field for this operator and value. Raise BadCondition when there is none."""
        error = BadCondition(f"“{self.name}” has no operator {op!r}.")
        for way in self.ways:
            if way.op == op:
                try:
                    way.kind.check(value)
                except BadCondition as problem:
                    error = problem
                else:
                    return way
        raise error

    def from_url(self, op: Any, value: Any) -> Any:
        way = next((way for way in self.ways if way.op == op), None)
        return way.kind.from_url(value) if way else value


@dataclass(frozen=True)
class FieldFamily:
    """Fields that a shop makes itself: 「attr:…」 is one field for each item of the shop.

    ``resolve(rest of the name)``: the field, None when it is gone; ``offered()``: those that the builder offers.
    """

    prefix: str
    resolve: Callable[[str], Field | None]
    offered: Callable[[], list[Field]]


def list_fields() -> Iterator[Field]:
    """Yield the fields that every shop has."""
    for each in extensions.values():
        yield from each.condition_fields


def list_families() -> Iterator[FieldFamily]:
    """Yield the families, of each app in turn."""
    for each in extensions.values():
        yield from each.condition_families


def find_field(name: str) -> Field | None:
    """Return the field of this name that every shop has, if there is one."""
    return next((field for field in list_fields() if field.name == name), None)


def get_condition_field(name: Any) -> Field:
    """Return the field of this name.

    Raise BadCondition for an unknown one, Gone for one that the shop no longer has.
    """
    if not isinstance(name, str):
        raise BadCondition("The name of a field is expected.")
    if field := find_field(name):
        return field
    prefix, colon, rest = name.partition(":")
    families = {family.prefix: family for family in list_families()}
    if not colon or prefix not in families:
        raise BadCondition(f"Unknown field: {name[:40]!r}")
    if found := families[prefix].resolve(rest):
        return found
    raise DanglingCondition(f"The field is no longer there: {name[:40]!r}")
