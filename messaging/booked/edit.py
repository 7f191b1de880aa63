"""Change what one booked message says."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Content, Delivery
from operators import audit
from tenants.scope import get_current_operator


def is_editable(delivery: Delivery) -> bool:
    """Return whether the words of the message can be changed: a lone text of LINE, or a mail without HTML."""
    if delivery.state not in Delivery.BOOKED:
        return False
    content = delivery.content
    if content.kind == Content.Kind.LINE:
        return not content.bubbles
    return not content.mail.get("html")


@transaction.atomic
def replace_content(delivery: Delivery, content: Content) -> bool:
    """Let the delivery say something else; return False when it is not booked any more.

    The others of its series, and its step, keep what they say.
    """
    booked = Delivery.objects.booked().filter(pk=delivery.pk)
    changed = bool(
        booked.update(
            content=content, changed_by=get_current_operator(), changed_at=Now()
        )
    )
    if changed:
        audit.record_action(
            "delivery.changed", delivery, was=delivery.content_id, content=content.pk
        )
    return changed
