"""Cancel what is booked, on the word of a person."""

from django.db import transaction
from django.db.models.functions import Now

from messaging.booked.rows import Rows, find_series
from messaging.models import Delivery, Enrollment
from operators import audit
from tenants.scope import get_current_operator

BY_OPERATOR = "by_operator"


@transaction.atomic
def cancel_delivery(delivery: Delivery, whole: bool = False) -> int:
    """Cancel the delivery, or with ``whole`` all that is left of its series; return how many were cancelled.

    What is with a call just now goes out: it may have arrived already.
    """
    series = find_series(delivery)
    cancelled = cancel_rows(series if whole else series.filter(pk=delivery.pk))
    if not cancelled:
        return 0
    if whole and delivery.enrollment_id:
        running = Enrollment.objects.filter(pk=delivery.enrollment_id, ended_at=None)
        running.update(ended_at=Now(), ended_why=BY_OPERATOR)
    audit.record_action("delivery.cancelled", delivery, n=cancelled, whole=whole)
    return cancelled


def cancel_rows(rows: Rows) -> int:
    """Cancel those of the rows that are booked, in the name of who works now; return how many."""
    return rows.booked().update(
        state=Delivery.State.CANCELLED,
        reason=BY_OPERATOR,
        finished_at=Now(),
        changed_by=get_current_operator(),
        changed_at=Now(),
    )
