"""The fields that conditions can ask about: a registry to which the apps above add."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from members.conditions.kinds import BadCondition, DanglingCondition, Kind, LazyText


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
    system attribute that it asks about; while that is archived, the field cannot be used.
    """

    name: str
    label: LazyText
    group: LazyText
    ways: tuple[Way, ...]
    compile: Callable[[str, Any], Q]
    sentence: Callable[[str, Any], str] | None = None
    in_builder: bool = True
    item: str = ""

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


FIELDS: dict[str, Field] = {}
# Prefix of a name → what makes the field for the rest of it, or None: 「attr:…」 is a field for each attribute.
RESOLVERS: dict[str, Callable[[str], Field | None]] = {}
# The fields that the builder offers besides FIELDS.
FIELD_LISTERS: list[Callable[[], list[Field]]] = []


def register(field: Field) -> None:
    FIELDS[field.name] = field


def register_resolver(
    prefix: str,
    resolve: Callable[[str], Field | None],
    offered: Callable[[], list[Field]],
) -> None:
    RESOLVERS[prefix] = resolve
    if offered not in FIELD_LISTERS:
        FIELD_LISTERS.append(offered)


def get_condition_field(name: Any) -> Field:
    """Return the field of this name.

    Raise BadCondition for an unknown one, Gone for one that the shop no longer has.
    """
    if not isinstance(name, str):
        raise BadCondition("The name of a field is expected.")
    if field := FIELDS.get(name):
        return field
    prefix, colon, rest = name.partition(":")
    if not colon or prefix not in RESOLVERS:
        raise BadCondition(f"Unknown field: {name[:40]!r}")
    if found := RESOLVERS[prefix](rest):
        return found
    raise DanglingCondition(f"The field is no longer there: {name[:40]!r}")
