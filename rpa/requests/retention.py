"""Evidence and what was said by customers are deleted when their time is over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from rpa.models import CancellationRequest, Evidence, RpaSettings
from rpa.requests.receive import A_DAY


@transaction.atomic
def delete_old_evidence() -> datetime | None:
    """Delete what is older than the shop's setting; return when to come back, None while nothing is left.

    What the request itself says of its end stays: state, times, who decided.
    """
    limit = timezone.now() - timedelta(days=RpaSettings.load().evidence_days)
    Evidence.objects.filter(at__lt=limit).delete()
    old = CancellationRequest.objects.filter(ended_at__lt=limit)
    old.update(given={}, candidates={}, before={}, after={})
    left = Evidence.objects.exists()
    return timezone.now() + A_DAY if left else None
