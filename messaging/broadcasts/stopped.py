"""Broadcasts that were stopped a short while ago: what is on its way to be called is not called any more."""

from datetime import timedelta

from django.db.models.functions import Now

from messaging.models import Broadcast

# A call is made within minutes of being claimed; a broadcast that was stopped earlier has none.
RECENT = timedelta(hours=1)


def list_stopped_units() -> set[str]:
    """Return the units (DueDelivery.unit) of the broadcasts that were stopped lately."""
    rows = Broadcast.objects.filter(
        state=Broadcast.State.STOPPED, stopped_at__gt=Now() - RECENT
    )
    return {f"b_{public_id}" for public_id in rows.values_list("public_id", flat=True)}
