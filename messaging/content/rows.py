"""What the events of runs fill into the messages of one batch, read for all of them at once."""

from collections.abc import Mapping, Sequence

from messaging.content.events import (
    build_sample_values,
    list_event_fields,
    load_event_values,
)
from messaging.content.render import list_used_fields
from messaging.deliveries.ledger import DueDelivery
from messaging.models import Content, Delivery


def load_values_of_rows(
    rows: Sequence[DueDelivery], contents: Mapping[int, Content]
) -> dict[int, dict[str, str]]:
    """Return, by the delivery's id, the values of the event fields that its content uses; a test gets samples."""
    known = list_event_fields()
    used = {
        pk: list_used_fields(contents[pk]) & known.keys()
        for pk in {row.content_id for row in rows}
    }
    wanted = [row for row in rows if used[row.content_id]]
    if not wanted:
        return {}
    names = set().union(*used.values())
    found = load_event_values((row.trigger_key for row in wanted), names)
    samples = build_sample_values()
    return {
        row.id: {
            name: samples[name]
            if row.source == Delivery.Source.TEST
            else found[row.trigger_key][name]
            for name in sorted(used[row.content_id])
        }
        for row in wanted
    }
