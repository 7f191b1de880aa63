"""Which booked messages a person means: those that were ticked, or all that a list of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from members.conditions.search import build_search_q
from members.models import Member
from messaging.models import Delivery, Step
from messaging.models.deliveries import DeliveryQuerySet

State = Delivery.State
# What the list can be narrowed to: the message waits for its time, for the carts, or for a person.
STATES = {"scheduled": State.SCHEDULED, "held": State.HELD, "parked": State.PARKED}
Rows = DeliveryQuerySet[Delivery]


@dataclass(frozen=True, kw_only=True)
class BookedParams:
    """``ids``: those ticked; without any, all that fit ``wish`` and were booked up to the number ``last``.

    ``wish`` has "state", "scenario", "channel", "source", "sender" (public ids), "start" and "end" (ISO days, both
    included). A text that was searched for names people and is kept apart.
    """

    ids: list[int] = field(default_factory=list)
    last: int = 0
    wish: dict[str, str] = field(default_factory=dict)


def narrow_booked(rows: Rows, wish: Mapping[str, str], text: str = "") -> Rows:
    """Return those of the rows that fit; an unknown scenario or sender fits nothing."""
    columns = {"sender": "sender__public_id", "channel": "channel", "source": "source"}
    for name, column in columns.items():
        if wish.get(name):
            rows = rows.filter((column, wish[name]))
    if state := wish.get("state"):
        rows = rows.filter(state=STATES[state])
    if scenario := wish.get("scenario"):
        # By the numbers of its messages, which lead an index: the way over its runs would read them all.
        steps = Step.objects.filter(scenario__public_id=scenario)
        rows = rows.filter(step__in=list(steps.values_list("pk", flat=True)))
    if start := wish.get("start"):
        rows = rows.filter(planned_at__gte=begin_shop_day(start))
    if end := wish.get("end"):
        rows = rows.filter(planned_at__lt=begin_shop_day(end, 1))
    if text:
        members = Member.objects.filter(build_search_q(text))
        rows = rows.filter(member__in=members.values("pk"))
    return rows


def begin_shop_day(day: str, days: int = 0) -> datetime:
    start = date.fromisoformat(day) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(start, datetime.min.time()))


def select_booked_rows(params: BookedParams, text: str = "") -> Rows:
    """Return the booked messages that are meant; those that have gone out meanwhile are no longer among them."""
    rows: Rows = Delivery.objects.booked()
    if params.ids:
        return rows.filter(pk__in=params.ids)
    return narrow_booked(rows.filter(pk__lte=params.last), params.wish, text)


def find_last_number() -> int:
    """Return the number up to which deliveries are booked now."""
    found: Mapping[str, Any] = Delivery.objects.aggregate(last=Max("pk"))
    return int(found["last"] or 0)


def find_series(delivery: Delivery) -> Rows:
    """Return what is booked of the delivery's run through its scenario; of one without a run, the delivery alone."""
    rows: Rows = Delivery.objects.booked()
    if not delivery.enrollment_id:
        return rows.filter(pk=delivery.pk)
    return rows.filter(enrollment=delivery.enrollment_id)


def filter_after(rows: Rows, place: tuple[datetime, int]) -> Rows:
    """Return the rows behind this place in the order of (planned_at, id)."""
    at, pk = place
    return rows.filter(Q(planned_at__gt=at) | Q(planned_at=at, pk__gt=pk)).filter(
        planned_at__gte=at
    )
