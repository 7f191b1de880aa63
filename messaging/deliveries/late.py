"""Which messages are late: they should have gone out and did not, and nobody stopped their sender."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

# The sender looks every few seconds; state 0 is SCHEDULED.
LATE = Q(state=0, due_at__lt=Now() - timedelta(minutes=5), sender__paused_reason="")
