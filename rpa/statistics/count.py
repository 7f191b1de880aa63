"""What became of the requests: by month, product, reason, operator and condition."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Case, Count, F, IntegerField, Q, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from rpa.models import CancellationRequest

State = CancellationRequest.State
Kind = CancellationRequest.Kind
MONTHS = 12
MOST_ROWS = 10
# What counts as an end: a rehearsal is none.
ENDS = (State.VERIFIED, State.REFUSED, State.CLOSED)


@dataclass
class Month:
    """One month: how many of each kind were done at a cart, and how many took the offer instead of cancelling."""

    first: date
    counts: dict[str, int] = field(default_factory=dict)
    kept: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass
class Statistics:
    months: list[Month]
    done: int
    ended: int
    # None while nothing is done.
    time_to_done: timedelta | None
    by_product: list[tuple[str, int]]
    by_reason: list[tuple[str, int]]
    by_operator: list[tuple[str, int]]
    by_condition: list[tuple[str, int]]
    # Of those to whom something was offered instead of cancelling: how many took it.
    offered: int = 0
    kept: int = 0
    # From the opening of the form to the customer's last word, and over how many screens.
    time_to_cancel: timedelta | None = None
    screens: float | None = None

    @property
    def kept_rate(self) -> int | None:
        """The share of those who took the offer, in percent."""
        return round(self.kept * 100 / self.offered) if self.offered else None

    @property
    def rate(self) -> int | None:
        """The share of the ended requests that were done, in percent."""
        return round(self.done * 100 / self.ended) if self.ended else None


def list_months(now: datetime) -> list[date]:
    """Return the first days of the last twelve months, the oldest first."""
    first = timezone.localdate(now).replace(day=1)
    found = [first]
    while len(found) < MONTHS:
        found.insert(0, (found[0] - timedelta(days=1)).replace(day=1))
    return found


def count_requests(now: datetime) -> Statistics:
    """Count the requests of the last twelve months, by the month in which they ended."""
    months = list_months(now)
    start = timezone.make_aware(datetime.combine(months[0], datetime.min.time()))
    rows = CancellationRequest.objects.filter(ended_at__gte=start, state__in=ENDS)
    done = rows.filter(state=State.VERIFIED)
    totals = rows.aggregate(
        ended=Count("pk"),
        done=Count("pk", filter=Q(state=State.VERIFIED)),
        time=Avg(F("ended_at") - F("received_at"), filter=Q(state=State.VERIFIED)),
    )
    product = KeyTextTransform("product", "before")
    return Statistics(
        months=count_months(done, months, start),
        done=totals["done"],
        ended=totals["ended"],
        time_to_done=totals["time"],
        by_product=count_by(done.annotate(label=product)),
        by_reason=count_by(done.exclude(reason="").annotate(label=F("reason"))),
        by_operator=count_by(
            done.exclude(made_by=None).annotate(label=F("made_by__name"))
        ),
        by_condition=count_conditions(start),
        **count_offers(start),
    )


def count_offers(start: datetime) -> dict[str, Any]:
    """Count 抑止, and how long it takes a customer to cancel: of those who came by a form and cancelled."""
    rows = CancellationRequest.objects.filter(received_at__gte=start)
    went_on = Q(kind=Kind.CANCEL, opened_at__isnull=False)
    last_word = Coalesce("answered_at", "received_at")
    return rows.aggregate(
        offered=Count("pk", filter=Q(asked_kind=Kind.CANCEL)),
        kept=Count("pk", filter=Q(asked_kind=Kind.CANCEL) & ~Q(kind=Kind.CANCEL)),
        time_to_cancel=Avg(last_word - F("opened_at"), filter=went_on),
        screens=Avg(
            Case(When(offered_at=None, then=1), default=2, output_field=IntegerField()),
            filter=went_on,
        ),
    )


def count_months(done: Any, months: Iterable[date], start: datetime) -> list[Month]:
    """Count what was done by month and kind, and by the month of their answer who took the offer (抑止)."""
    found = {first: Month(first) for first in months}
    rows = done.annotate(month=TruncMonth("ended_at")).values_list("month", "kind")
    for month, kind, count in rows.annotate(count=Count("pk")):
        found[timezone.localdate(month)].counts[kind] = count
    kept = CancellationRequest.objects.filter(
        asked_kind=Kind.CANCEL, answered_at__gte=start
    ).exclude(kind=Kind.CANCEL)
    by_month = kept.annotate(month=TruncMonth("answered_at")).values_list("month")
    for month, count in by_month.annotate(count=Count("pk")):
        found[timezone.localdate(month)].kept = count
    return list(found.values())


def count_by(rows: Any) -> list[tuple[str, int]]:
    counted = rows.values("label").annotate(count=Count("pk"))
    return list(
        counted.exclude(label=None)
        .order_by("-count", "label")
        .values_list("label", "count")[:MOST_ROWS]
    )


def count_conditions(start: datetime) -> list[tuple[str, int]]:
    """Count by which condition the customer was found: "1", "2", "3", "person", "several", "none"."""
    rows = CancellationRequest.objects.filter(received_at__gte=start)
    several = Q(why__in=["several", "conflict", "incomplete"])
    counted = rows.aggregate(
        **{f"c{n}": Count("pk", filter=Q(found_by=n)) for n in (1, 2, 3)},
        person=Count("pk", filter=Q(found_by=0)),
        several=Count("pk", filter=Q(found_by=None) & several),
        none=Count("pk", filter=Q(found_by=None, why="none")),
    )
    return [(name.removeprefix("c"), count) for name, count in counted.items()]
