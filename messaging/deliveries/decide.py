"""Deliveries whose outcome nobody knows: what a person decides about one."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Delivery
from operators import audit
from tenants.scope import get_current_operator
from tenants.wakeups import wake

State = Delivery.State


@transaction.atomic
def mark_delivery_sent(delivery: Delivery) -> bool:
    """Mark a delivery as sent because a person found that it arrived; return False when it was decided already."""
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    changed = bool(
        unknown.update(
            state=State.SENT,
            reason="by_hand",
            finished_at=Now(),
            changed_by=get_current_operator(),
            changed_at=Now(),
        )
    )
    if changed:
        audit.record_action("delivery.marked_sent", delivery)
    return changed


@transaction.atomic
def send_delivery_again(delivery: Delivery) -> bool:
    """Send a delivery once more, because a person decided so; return False when it was decided already.

    It goes by a new call under a new key, so it may arrive twice.
    """
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    changed = bool(
        unknown.update(
            state=State.SCHEDULED,
            reason="",
            call=None,
            finished_at=None,
            due_at=Now(),
            changed_by=get_current_operator(),
            changed_at=Now(),
        )
    )
    if changed:
        audit.record_action("delivery.sent_again", delivery)
        wake(delivery.tenant, "messaging.dispatch", subject=delivery.sender_id)
    return changed
