"""Value lists and search texts that something saved names: these are retained, others are deleted after a month."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jobs.models import Job
from members.conditions.tree import Condition
from members.models import SearchText, Segment, ValueList

# JSON in which keys may stand: conditions, or something that holds one. Apps above register what they save.
ConditionHolders = Callable[[], Iterable[Any]]
CONDITION_HOLDERS: list[ConditionHolders] = [
    lambda: Segment.objects.values_list("condition", flat=True),
    lambda: Job.objects.exclude(state__in=Job.ENDED).values_list("params", flat=True),
]


def register_condition_holders(namers: ConditionHolders) -> None:
    CONDITION_HOLDERS.append(namers)


def retain_condition_values(condition: Condition) -> None:
    """Retain what the condition names. Call it when a condition is saved."""
    _mark_values(_walk_strings(condition), kept=True)


def release_condition_values(condition: Condition) -> None:
    """Release what nothing saved names any more.

    Call it after a saved condition was deleted or replaced.
    """
    named = {
        word
        for namers in CONDITION_HOLDERS
        for saved in namers()
        for word in _walk_strings(saved)
    }
    _mark_values(set(_walk_strings(condition)) - named, kept=False)


def _mark_values(words: Iterable[str], kept: bool) -> None:
    """Mark the rows whose keys are among these words.

    Keys are random: a word that equals one names that row, whatever field it stands in.
    """
    keys = set(words)
    for model in (ValueList, SearchText):
        model.objects.filter(public_id__in=keys).exclude(kept=kept).update(kept=kept)


def _walk_strings(node: Any) -> Iterator[str]:
    """Yield every string in the JSON that may be a public id."""
    if isinstance(node, str) and len(node) <= 12:
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _walk_strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk_strings(value)
