"""Value lists and search texts that something saved names: these are retained, others are deleted after a month."""

from collections.abc import Iterable, Iterator
from typing import Any

from jobs.models import Job
from members.conditions.tree import Condition
from members.models import SearchText, ValueList
from members.models.fields import ConditionField, list_columns, list_keys


def retain_condition_values(condition: Condition) -> None:
    """Retain what the condition names. Call it when a condition is saved."""
    _mark_values(_walk_strings(condition), kept=True)


def release_condition_values(condition: Condition) -> None:
    """Release what nothing saved names any more.

    Call it after a saved condition was deleted or replaced.
    """
    _mark_values(set(_walk_strings(condition)) - set(list_named()), kept=False)


def list_named() -> Iterator[str]:
    """Yield what conditions of any app name, what a job that is not over names, and the lists that rows refer to."""
    for column in list_columns(ConditionField):
        rows = column.model._default_manager.all()
        for condition in rows.values_list(column.attname, flat=True):
            yield from _walk_strings(condition)
    for params in Job.objects.exclude(state__in=Job.ENDED).values_list("params"):
        yield from _walk_strings(list(params))
    for key in list_keys(ValueList):
        rows = key.model._default_manager.exclude(**{key.attname: None})
        yield from rows.values_list(f"{key.name}__public_id", flat=True)


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
