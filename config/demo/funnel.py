"""The demo shop's days before today: how far its friends were then, made up from when they came and answered.

Who is linked is who the demo cart's polls will link, so the days end at what is counted after them.
"""

from bisect import bisect_right
from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from cartsync.models import FunnelDay
from config.demo.members import CART_SIZE, SEED
from members.models import Member
from members.normalize.phones import normalize_phone
from sandbox.cart.shop import make_shop as make_cart_rows

DAYS = 120
LINKABLE = ("member", "guest")  # neither who left nor who only looked


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
    linked = list_linking_times()
    FunnelDay.objects.bulk_create(
        FunnelDay(
            day=timezone.localdate(at),
            counted_at=at,
            friends=counts[f"friends{n}"],
            known=counts[f"known{n}"],
            linked=bisect_right(linked, at),
        )
        for n, at in enumerate(ends)
    )


def list_linking_times() -> list[datetime]:
    """Return when each friend answered whose number one living customer of the demo cart has, the earliest first."""
    customers = make_cart_rows(SEED, CART_SIZE, timezone.localdate())["customers"]
    phones = Counter(
        normalize_phone(row["full_tel"])
        for row in customers.values()
        if row["state"] in LINKABLE
    )
    once = [phone for phone, count in phones.items() if phone and count == 1]
    linked = Member.objects.filter(
        line_state=Member.LineState.FRIEND, phone_e164__in=once
    )
    times = linked.order_by("answered_at").values_list("answered_at", flat=True)
    return [at for at in times if at]
