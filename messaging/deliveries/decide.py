"""Deliveries whose outcome nobody knows: what a person decides about one."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Delivery
from operators import audit
from tenants.wakeups import wake

State = Delivery.State


@transaction.atomic
def mark_sent(delivery: Delivery) -> bool:
    """A person found that it arrived. False when it had been decided already."""
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    changed = bool(
        unknown.update(state=State.SENT, reason="by_hand", finished_at=Now())
    )
    if changed:
        audit.record("delivery.marked_sent", delivery)
    return changed


@transaction.atomic
def send_again(delivery: Delivery) -> bool:
    """A person decided to send it once more, under a new key: it may arrive twice. False when decided already."""
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    fresh: dict[str, Any] = {
        "retry_key": uuid.uuid4(),
        "first_tried_at": None,
        "finished_at": None,
        "due_at": Now(),
    }
    changed = bool(unknown.update(state=State.SCHEDULED, reason="", **fresh))
    if changed:
        audit.record("delivery.sent_again", delivery)
        wake(delivery.tenant, "messaging.dispatch", subject=delivery.account_id)
    return changed
