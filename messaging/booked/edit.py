"""Change what one booked message says."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.content.make import Written, make_contents
from messaging.models import Content, Delivery
from operators import audit
from operators.masking import is_masked
from tenants.scope import get_current_operator


def is_editable(delivery: Delivery) -> bool:
    """Return whether the message can be changed: it has not gone out, and whoever asks may read it.

    A mail that was written for one person holds what they answered.
    """
    is_hidden = is_masked() and delivery.content.mail.get("to")
    return delivery.state in Delivery.BOOKED and not is_hidden


def list_booked_contents(delivery: Delivery) -> list[Content]:
    """Return what it says, by each way that it may go."""
    return [each for each in (delivery.content, delivery.other_content) if each]


@transaction.atomic
def rewrite_delivery(delivery: Delivery, written: Written) -> bool:
    """Let the delivery say something else, by each way that it may go; return False when it is not booked any more.

    The others of its series, and its step, keep what they say.
    """
    booked = Delivery.objects.booked().filter(pk=delivery.pk)
    row = booked.select_related("content", "other_content").first()
    if not row:
        return False
    line, mail = make_contents(written, list_booked_contents(row))
    said = {content.kind: content for content in (line, mail) if content}
    content, other = said.pop(row.channel), next(iter(said.values()), None)
    changed = bool(
        booked.filter(channel=row.channel).update(
            content=content,
            other_content=other,
            changed_by=get_current_operator(),
            changed_at=Now(),
        )
    )
    if changed:
        audit.record_action(
            "delivery.changed", delivery, was=row.content_id, content=content.pk
        )
    return changed
