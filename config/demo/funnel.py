"""The demo shop's days before today: how far its friends were then, made up from when they came and answered."""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from cartsync.models import FunnelDay
from members.models import Member

DAYS = 120
LINKED_OF_KNOWN = 0.7  # what the first polls will link, by and large


def make_funnel_days() -> None:
    now = timezone.now()
    ends = [now - timedelta(days=n) for n in range(DAYS, 0, -1)]
    counts = Member.objects.filter(line_state=Member.LineState.FRIEND).aggregate(
        **{
            f"friends{n}": Count("pk", filter=Q(created_at__lte=at))
            for n, at in enumerate(ends)
        },
        **{
            f"known{n}": Count("pk", filter=Q(answered_at__lte=at))
            for n, at in enumerate(ends)
        },
    )
    FunnelDay.objects.bulk_create(
        FunnelDay(
            day=timezone.localdate(at),
            counted_at=at,
            friends=counts[f"friends{n}"],
            known=counts[f"known{n}"],
            linked=int(counts[f"known{n}"] * LINKED_OF_KNOWN * (1 - (DAYS - n) / 400)),
        )
        for n, at in enumerate(ends)
    )
