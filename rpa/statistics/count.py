"""What became of the requests: by month, product, reason, operator and condition."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DurationField,
    F,
    IntegerField,
    Q,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from rpa.models import CancellationRequest
from tenants.pg.replica import try_replica_first

State = CancellationRequest.State
Kind = CancellationRequest.Kind
MONTHS = 12
MOST_ROWS = 10
# What counts as an end: a rehearsal is none.
ENDS = (State.VERIFIED, State.REFUSED, State.CLOSED)
# By the shop's conditions, by a person, or not at all.
CONDITIONS = ("1", "2", "3", "person", "several", "none")
PRODUCT = KeyTextTransform("product", "before")


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
    # By the month of their receipt: how many were found by which condition, the same names as by_condition.
    conditions: list[Month]
    # What the months are narrowed to: "product", "reason" or "operator", and its words; "" for all.
    narrowed_by: str = ""
    narrowed_to: str = ""
    # Of those to whom something was offered instead of cancelling: how many took it.
    offered: int = 0
    kept: int = 0
    # How long customers need to cancel, at the form and at the offer without what the robot needs between, and over
    # how many screens.
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


@try_replica_first
def count_requests(now: datetime, by: str = "", place: int = 0) -> Statistics:
    """Count the requests of the last twelve months, by the month in which they ended.

    ``by``, ``place``: narrow the months to one line of a table, by its place: a reason may be somebody's own words,
    which stand in no address.
    """
    months = list_months(now)
    start = timezone.make_aware(datetime.combine(months[0], datetime.min.time()))
    rows = CancellationRequest.objects.filter(ended_at__gte=start, state__in=ENDS)
    done = rows.filter(state=State.VERIFIED)
    totals = rows.aggregate(
        ended=Count("pk"),
        done=Count("pk", filter=Q(state=State.VERIFIED)),
        time=Avg(F("ended_at") - F("received_at"), filter=Q(state=State.VERIFIED)),
    )
    tables = {
        "product": count_by(done.annotate(label=PRODUCT)),
        "reason": count_by(done.exclude(reason="").annotate(label=F("reason"))),
        "operator": count_by(
            done.exclude(made_by=None).annotate(label=F("made_by__name"))
        ),
    }
    lines = tables.get(by, [])
    narrowed = (by, lines[place][0]) if place < len(lines) else ("", "")
    by_month = count_conditions_by_month(months, start)
    return Statistics(
        months=count_months(months, start, *narrowed),
        narrowed_by=narrowed[0],
        narrowed_to=narrowed[1],
        done=totals["done"],
        ended=totals["ended"],
        time_to_done=totals["time"],
        by_product=tables["product"],
        by_reason=tables["reason"],
        by_operator=tables["operator"],
        by_condition=[
            (name, sum(month.counts.get(name, 0) for month in by_month))
            for name in CONDITIONS
        ],
        conditions=by_month,
        **count_offers(start),
    )


def count_offers(start: datetime) -> dict[str, Any]:
    """Count 抑止, and how long it takes a customer to cancel: of those who came by a form and cancelled."""
    rows = CancellationRequest.objects.filter(received_at__gte=start)
    went_on = Q(kind=Kind.CANCEL, opened_at__isnull=False)
    nothing = Value(timedelta(), DurationField())
    thinking = Coalesce(F("answered_at") - F("offered_at"), nothing)
    spent = F("received_at") - F("opened_at") + thinking
    return rows.aggregate(
        offered=Count("pk", filter=Q(asked_kind=Kind.CANCEL)),
        kept=Count("pk", filter=Q(asked_kind=Kind.CANCEL) & ~Q(kind=Kind.CANCEL)),
        time_to_cancel=Avg(spent, filter=went_on),
        screens=Avg(
            Case(When(offered_at=None, then=1), default=2, output_field=IntegerField()),
            filter=went_on,
        ),
    )


def narrow_requests(rows: Any, by: str, label: str) -> Any:
    """Return the rows of one line of a table."""
    if by == "product":
        return rows.annotate(label=PRODUCT).filter(label=label)
    columns = {"reason": "reason", "operator": "made_by__name"}
    return rows.filter(**{columns[by]: label}) if by else rows


def count_months(
    months: Iterable[date], start: datetime, by: str = "", label: str = ""
) -> list[Month]:
    """Count what was done by month and kind, and by the month of their answer who took the offer (抑止)."""
    found = {first: Month(first) for first in months}
    asked = narrow_requests(CancellationRequest.objects.all(), by, label)
    done = asked.filter(ended_at__gte=start, state=State.VERIFIED)
    rows = done.annotate(month=TruncMonth("ended_at")).values_list("month", "kind")
    for month, kind, count in rows.annotate(count=Count("pk")):
        found[timezone.localdate(month)].counts[kind] = count
    kept = asked.filter(asked_kind=Kind.CANCEL, answered_at__gte=start).exclude(
        kind=Kind.CANCEL
    )
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


def count_conditions_by_month(months: Iterable[date], start: datetime) -> list[Month]:
    """Count by which condition the customer was found, by the month of the receipt."""
    found = {first: Month(first) for first in months}
    rows = CancellationRequest.objects.filter(received_at__gte=start)
    several = Q(why__in=["several", "conflict", "incomplete"])
    counted = (
        rows.annotate(month=TruncMonth("received_at"))
        .values("month")
        .annotate(
            **{f"c{n}": Count("pk", filter=Q(found_by=n)) for n in (1, 2, 3)},
            cperson=Count("pk", filter=Q(found_by=0)),
            cseveral=Count("pk", filter=Q(found_by=None) & several),
            cnone=Count("pk", filter=Q(found_by=None, why="none")),
        )
    )
    for row in counted.values_list("month", *(f"c{name}" for name in CONDITIONS)):
        month = found[timezone.localdate(row[0])]
        month.counts = dict(zip(CONDITIONS, row[1:], strict=True))
    return list(found.values())
