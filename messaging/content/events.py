"""Merge fields that an event brings along: those of the order that started a run. Apps above hand them in."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from messaging.extension import extensions

Text = str | Promise


@dataclass(frozen=True)
class EventField:
    """``sample`` stands for it in previews and tests. ``fallback``: what to offer where an event may come without."""

    label: Text
    sample: str
    fallback: str = ""


@dataclass(frozen=True)
class EventFields:
    """The fields of runs that triggers of these kinds start.

    ``load``: the keys of events (Enrollment.trigger_key) → {key: {field: value}}, for those that it knows; asked in
    the shop's scope, once for a whole batch.
    """

    kinds: frozenset[str]
    fields: Mapping[str, EventField]
    load: Callable[[Collection[str]], Mapping[str, Mapping[str, str]]]


def list_event_fields(kinds: Collection[str] | None = None) -> dict[str, EventField]:
    """Return the fields by their names: all there are, or those of runs started by these kinds of trigger."""
    return {
        name: field
        for each in extensions.values()
        for group in each.event_fields
        if kinds is None or group.kinds & set(kinds)
        for name, field in group.fields.items()
    }


def load_event_values(
    keys: Iterable[str], names: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return {event key: {field: value}} with each of ``names``, blank where an event does not bring it."""
    keys = set(keys)
    values = {key: dict.fromkeys(names, "") for key in keys}
    for each in extensions.values():
        for group in each.event_fields:
            if not group.fields.keys() & set(names):
                continue
            for key, found in group.load(keys).items():
                values[key] |= {name: found[name] for name in names if found.get(name)}
    return values


def build_sample_values() -> dict[str, str]:
    return {name: field.sample for name, field in list_event_fields().items()}


def attach_event_values(deliveries: Sequence[Any]) -> None:
    """Give each delivery that has not gone out ``event_values``: what its run's event fills in."""
    names = list_event_fields()
    waiting = (
        [row for row in deliveries if row.enrollment and not row.call] if names else []
    )
    found = load_event_values((row.enrollment.trigger_key for row in waiting), names)
    for row in waiting:
        row.event_values = found[row.enrollment.trigger_key]
