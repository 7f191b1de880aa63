"""What one booked message says instead."""

from collections.abc import Mapping
from typing import Any

from messaging.booked.edit import list_booked_contents
from messaging.content.events import list_event_fields
from messaging.content.make import read_contents
from messaging.models import Content, Delivery, Way
from messaging.screens.content.fields import ContentFields
from messaging.screens.content.written import list_typed_fields


class BookedContentForm(ContentFields):
    """The whole message in the editor, by the ways that it may go; these stay as they were booked."""

    def __init__(self, *args: Any, delivery: Delivery, **kwargs: Any) -> None:
        """Take a delivery that has its contents and its run at hand."""
        self.delivery = delivery
        self.ways = (Way.EITHER if delivery.other_content else Way(delivery.channel),)
        written = read_contents(self.ways[0].value, list_booked_contents(delivery))
        run = delivery.enrollment
        kinds = {row.kind for row in run.scenario.starts} if run else set()
        self.event_fields = list_event_fields(kinds) if kinds else {}
        super().__init__(*args, initial=list_typed_fields(written), **kwargs)

    @property
    def line_content(self) -> Content | None:
        found = (
            e
            for e in list_booked_contents(self.delivery)
            if e.kind == Content.Kind.LINE
        )
        return next(found, None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["way"] = self.ways[0].value
        contents = list_booked_contents(self.delivery)
        cleaned["counts_links"] = any(each.counts_links for each in contents)
        self.check_content(cleaned)
        return cleaned

    def is_advertising(self, cleaned: Mapping[str, Any]) -> bool:
        return self.delivery.is_ad
