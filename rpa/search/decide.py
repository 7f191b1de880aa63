"""From what each key found to one customer, or to the reason why a person must look.

Nothing here asks a cart or a table: the same decision serves a request, the simulation and the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rpa.models import RpaSettings

Mode = RpaSettings.Mode


class Finding(StrEnum):
    UNIQUE = "unique"
    NONE = "none"
    SEVERAL = "several"
    # Another ticked key found somebody else.
    CONFLICT = "conflict"
    # すべて: a ticked key has no value, so that it cannot agree.
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Decision:
    """``customer``: the one who was found. ``by``: the key that decided. ``candidates``: whom a person looks at."""

    finding: Finding
    customer: str = ""
    by: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def needs_person(self) -> bool:
        return self.finding not in (Finding.UNIQUE, Finding.NONE)


def decide_customer(
    mode: str, conditions: Sequence[str], hits: Mapping[str, frozenset[str] | None]
) -> Decision:
    """Return which customer the ticked keys mean.

    ``hits``: key → the ids of the customers that it found; None for a key of which nothing was given.
    """
    if mode == Mode.ALL:
        return decide_by_all(conditions, hits)
    return decide_by_any(conditions, hits)


def decide_by_all(
    conditions: Sequence[str], hits: Mapping[str, frozenset[str] | None]
) -> Decision:
    """すべて: every ticked key must agree on one customer."""
    sets = [hits.get(key) for key in conditions]
    given = [found for found in sets if found is not None]
    candidates = tuple(sorted(frozenset().union(*given)))
    if not candidates:
        return Decision(Finding.NONE)
    if len(given) < len(sets):
        return Decision(Finding.INCOMPLETE, candidates=candidates)
    agreed = sorted(frozenset.intersection(*given))
    if not agreed:
        return Decision(Finding.CONFLICT, candidates=candidates)
    if len(agreed) > 1:
        return Decision(Finding.SEVERAL, candidates=tuple(agreed))
    return Decision(Finding.UNIQUE, agreed[0], conditions[0], tuple(agreed))


def decide_by_any(
    conditions: Sequence[str], hits: Mapping[str, frozenset[str] | None]
) -> Decision:
    """いずれか: the first key that found somebody decides, unless another ticked key means somebody else."""
    for key in conditions:
        found = hits.get(key)
        if not found:
            continue
        others = [hits.get(other) for other in conditions if other != key]
        candidates = tuple(sorted(found.union(*(other or () for other in others))))
        if len(found) > 1:
            return Decision(Finding.SEVERAL, by=key, candidates=candidates)
        (customer,) = found
        if any(other and customer not in other for other in others):
            return Decision(Finding.CONFLICT, by=key, candidates=candidates)
        return Decision(Finding.UNIQUE, customer, key, (customer,))
    return Decision(Finding.NONE)
