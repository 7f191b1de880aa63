"""What runs began with, as other apps know it: an order and the mail that told of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from members.conditions.stored_search import MemberSearchFilter
from messaging.extension import extensions
from messaging.models import Enrollment


@dataclass(frozen=True)
class EventPage:
    """Where the event of a run is shown: "注文 A-1", the address of its page."""

    label: str
    url: str


class EventSearchFilter(MemberSearchFilter):
    """Rows of a member, or of a run whose event the text names. ``key``: the way from a row to the run's key."""

    def __init__(self, key: str, *, label: str | Promise) -> None:
        super().__init__(label=label)
        self.key = key

    def find(self, text: str) -> Q:
        found = super().find(text)
        keys = find_event_keys(text)
        return found | Q((f"{self.key}__in", keys)) if keys else found


def find_event_keys(text: str) -> list[str]:
    """Return the keys of the events that a text names: an order's number."""
    return [
        key
        for each in extensions.values()
        if each.event_keys
        for key in each.event_keys(text)
    ]


def list_event_pages(runs: Iterable[Enrollment]) -> dict[int, EventPage]:
    """Return where the events of these runs are shown, by the runs' ids."""
    runs = list(runs)
    keys = {run.trigger_key for run in runs}
    pages: dict[str, EventPage] = {}
    for each in extensions.values():
        if each.event_pages and keys:
            pages |= each.event_pages(keys)
    return {run.pk: pages[run.trigger_key] for run in runs if run.trigger_key in pages}
