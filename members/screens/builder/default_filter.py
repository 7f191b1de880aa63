"""The default filter above the groups of the builder: who is shown at all, whatever the groups say.

Inside the outermost group it would be one part of an “any”, which then finds nearly everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from members.conditions.registry import Way, get_condition_field
from members.conditions.tree import Condition

FIELD_NAMES = ("usual", "deleted")
DEFAULT_DELETED = "exclude"


@dataclass
class DefaultFilter:
    """The two switches of the default filter.

    ``usual``: without those who left; ``deleted``: 含まない, 含む or のみ. ``focus``: which of them gets the focus.
    """

    usual: bool = False
    deleted: str = DEFAULT_DELETED
    focus: str = ""

    @classmethod
    def posted(cls, data: Mapping[str, str]) -> "DefaultFilter":
        deleted = data.get("deleted", DEFAULT_DELETED)
        return cls(
            data.get("usual", "") == "1",
            deleted if deleted in _get_deleted_ops() else DEFAULT_DELETED,
        )

    def take(self, part: Condition) -> bool:
        """Return whether the part of a condition is one of these two; if so, set it here."""
        if part.get("field") not in FIELD_NAMES or part.get("value") is not True:
            return False
        if part["field"] == "usual":
            self.usual = True
        elif part["op"] in _get_deleted_ops():
            self.deleted = part["op"]
        return True

    def over(self, condition: Condition) -> Condition:
        """Return the condition together with the default filter: both must hold."""
        above: list[Condition] = [_build_leaf("usual", "is")] if self.usual else []
        if self.deleted != DEFAULT_DELETED:
            above.append(_build_leaf("deleted", self.deleted))
        if not above:
            return condition
        return {"all": [*above, *condition.get("all", [condition])]}

    @property
    def deleted_ways(self) -> Iterable[Way]:
        return get_condition_field("deleted").ways


def _get_deleted_ops() -> set[str]:
    return {way.op for way in get_condition_field("deleted").ways}


def _build_leaf(field: str, op: str) -> Condition:
    return {"field": field, "op": op, "value": True}
