"""The default filter above the groups of the builder: who is shown at all, whatever the groups say.

Inside the outermost group it would be one part of an “any”, which then finds nearly everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from members.conditions.registry import FIELDS, Way
from members.conditions.tree import Condition

FIELD_NAMES = ("usual", "deleted")
USUALLY = "exclude"


@dataclass
class Standing:
    """The two switches of the default filter.

    ``usual``: without those who left; ``deleted``: 含まない, 含む or のみ. ``focus``: which of them gets the focus.
    """

    usual: bool = False
    deleted: str = USUALLY
    focus: str = ""

    @classmethod
    def posted(cls, data: Mapping[str, str]) -> "Standing":
        deleted = data.get("deleted", USUALLY)
        return cls(
            data.get("usual", "") == "1", deleted if deleted in ops() else USUALLY
        )

    def take(self, part: Condition) -> bool:
        """Return whether the part of a condition is one of these two; if so, set it here."""
        if part.get("field") not in FIELD_NAMES or part.get("value") is not True:
            return False
        if part["field"] == "usual":
            self.usual = True
        elif part["op"] in ops():
            self.deleted = part["op"]
        return True

    def over(self, condition: Condition) -> Condition:
        """Return the condition together with the default filter: both must hold."""
        above: list[Condition] = [leaf("usual", "is")] if self.usual else []
        if self.deleted != USUALLY:
            above.append(leaf("deleted", self.deleted))
        if not above:
            return condition
        return {"all": [*above, *condition.get("all", [condition])]}

    @property
    def deleted_ways(self) -> Iterable[Way]:
        return FIELDS["deleted"].ways


def ops() -> set[str]:
    return {way.op for way in FIELDS["deleted"].ways}


def leaf(field: str, op: str) -> Condition:
    return {"field": field, "op": op, "value": True}
