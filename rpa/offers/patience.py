"""How long an offer waits for its answer; then what was asked for is done."""

from datetime import datetime, timedelta

from rpa.models import CancellationRequest

# Who goes away without pressing anything has said already what they want.
PATIENCE = timedelta(minutes=30)
MINUTES = int(PATIENCE.total_seconds()) // 60


def get_offer_end(request: CancellationRequest) -> datetime | None:
    """Return when the request goes on without an answer; None where nothing was offered."""
    return request.offered_at + PATIENCE if request.offered_at else None
