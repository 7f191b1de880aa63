"""Give booked messages another time: one, the rest of a series, or many; the new times can be looked at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from messaging.booked.rows import find_series
from messaging.models import Delivery
from messaging.schedule.due import get_shop_zone, move_into_window
from operators import audit
from tenants.scope import get_current_operator, get_current_tenant_id
from tenants.wakeups import wake

# What was held back or parked is decided again at its new time.
MOVE = """
UPDATE messaging_delivery d
SET state = 0, reason = '', planned_at = r.at, due_at = r.at, moved_from = r.moved_from,
    changed_by_id = %(operator)s, changed_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(moved)s::timestamptz[]) AS r (id, at, moved_from)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.state IN (0, 7, 8)
RETURNING d.sender_id, d.due_at
"""


class TooEarly(Exception):
    """The new time is over already."""


@dataclass(frozen=True)
class NewTime:
    """``at``: when the delivery would go out. ``moved_from``: the moment before the send window moved it."""

    delivery: Delivery
    at: datetime
    moved_from: datetime | None = None


def plan_new_times(
    deliveries: Iterable[Delivery],
    by: timedelta = timedelta(),
    to: datetime | None = None,
) -> list[NewTime]:
    """Return when each goes out that is shifted by ``by``, or set to ``to``.

    The send windows of their scenarios hold; ``deliveries`` have their ``enrollment__scenario`` at hand.
    """
    zone = get_shop_zone()
    found = []
    for delivery in deliveries:
        wished = (to or delivery.planned_at + by).astimezone(zone)
        run = delivery.enrollment
        at = move_into_window(wished, run.scenario.window if run else None)
        found.append(NewTime(delivery, at, None if at == wished else wished))
    return found


def plan_series(delivery: Delivery, to: datetime, whole: bool = False) -> list[NewTime]:
    """Return the new times of the delivery set to ``to``, and with ``whole`` of what follows it, as far behind as ever.

    Raise TooEarly when one of them would be over already. Nothing is written.
    """
    rows = find_series(delivery).select_related("enrollment__scenario", "content")
    rows = rows.order_by("planned_at", "pk")
    if whole:
        times = plan_new_times(rows, by=to - delivery.planned_at)
    else:
        times = plan_new_times(rows.filter(pk=delivery.pk), to=to)
    now = timezone.now()
    if any(time.at < now for time in times):
        raise TooEarly
    return times


@transaction.atomic
def move_series(delivery: Delivery, to: datetime, whole: bool = False) -> int:
    """Set the delivery to ``to``, and with ``whole`` shift the rest of its series along; return how many were moved.

    Raise TooEarly.
    """
    moved = set_times(plan_series(delivery, to, whole), timezone.now())
    if moved:
        audit.record_action(
            "delivery.moved",
            delivery,
            was=delivery.planned_at.isoformat(),
            to=to.isoformat(),
            n=moved,
            whole=whole,
        )
    return moved


@transaction.atomic
def set_times(times: Sequence[NewTime], now: datetime) -> int:
    """Write the new times and wake the senders; return how many were still booked. ``now`` stands as their change."""
    if not times:
        return 0
    operator, tenant_id = get_current_operator(), get_current_tenant_id()
    values = {
        "tenant": tenant_id,
        "operator": operator.pk if operator else None,
        "now": now,
        "ids": [time.delivery.pk for time in times],
        "ats": [time.at for time in times],
        "moved": [time.moved_from for time in times],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, values)
        rows = cursor.fetchall()
    first: dict[int, datetime] = {}
    for sender_id, at in rows:
        first[sender_id] = min(at, first.get(sender_id, at))
    for sender_id in sorted(first):
        at = first[sender_id]
        wake(tenant_id, "messaging.dispatch", at=at, subject=sender_id)
    return len(rows)
