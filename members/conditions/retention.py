"""Value lists and search texts that something saved names: these are retained, others are deleted after a month."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jobs.models import Job
from members.conditions.tree import Condition
from members.models import SearchText, Segment, ValueList

# JSON in which keys may stand: conditions, or something that holds one. Apps above register what they save.
Namers = Callable[[], Iterable[Any]]
NAMERS: list[Namers] = [
    lambda: Segment.objects.values_list("condition", flat=True),
    lambda: Job.objects.exclude(state__in=Job.ENDED).values_list("params", flat=True),
]


def register_namers(namers: Namers) -> None:
    NAMERS.append(namers)


def keep(condition: Condition) -> None:
    """Retain what the condition names. Call it when a condition is saved."""
    mark(strings(condition), kept=True)


def release(condition: Condition) -> None:
    """Release what nothing saved names any more.

    Call it after a saved condition was deleted or replaced.
    """
    named = {word for namers in NAMERS for saved in namers() for word in strings(saved)}
    mark(set(strings(condition)) - named, kept=False)


def mark(words: Iterable[str], kept: bool) -> None:
    """Mark the rows whose keys are among these words.

    Keys are random: a word that equals one names that row, whatever field it stands in.
    """
    keys = set(words)
    for model in (ValueList, SearchText):
        model.objects.filter(public_id__in=keys).exclude(kept=kept).update(kept=kept)


def strings(node: Any) -> Iterator[str]:
    """Yield every string in the JSON that may be a public id."""
    if isinstance(node, str) and len(node) <= 12:
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
