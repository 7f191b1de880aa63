"""How the installation is doing: what is late, how fast webhooks are handled, how old the carts' data are.

Read per shop inside its scope; over all shops from the timers, which hold no personal data, and by one function of the
database that adds all of them up (administration/sql/shop_figures.sql).
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.utils import timezone

from cartsync.models import Cart, SyncRun
from messaging.models import WebhookEvent
from tenants.models import Wakeup

RECENT = timedelta(minutes=15)
# Events that the figures are made from, at most, so that a busy shop costs little more than a quiet one. No index knows
# the time of what is handled: the newest few tell whether there are more that are recent.
FEW_EVENTS, MOST_EVENTS = 20, 1_000


@dataclass(frozen=True)
class Lateness:
    """Of one kind of work: since how many seconds the oldest is due and not done, how many wait, how many failed."""

    seconds: float = 0
    waiting: int = 0
    failing: int = 0


@dataclass(frozen=True)
class ShopState:
    """How the webhooks and the carts of one shop are doing.

    ``handled``: seconds from the arrival of each recent webhook to its end; ``sync_ages``: by cart, with its name.
    """

    handled: list[float]
    unhandled: int
    oldest_unhandled: datetime | None
    sync_ages: list[tuple[str, float]]


@dataclass(frozen=True)
class ShopFigures:
    """All open shops together. ``handling``: seconds by the shares that were asked for; ``sync_age``: of the cart whose
    newest complete reading is the oldest, in seconds."""

    handled: int
    handling: list[float]
    unhandled: int
    carts: int
    sync_age: float


def read_all_shops(shares: tuple[float, ...]) -> ShopFigures:
    """Return the figures of all open shops, in one statement however many there are."""
    given: list[Any] = [RECENT, FEW_EVENTS, MOST_EVENTS, list(shares)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM administration_shop_figures(%s, %s, %s, %s)", given
        )
        handled, handling, unhandled, carts, age = cursor.fetchone()
    return ShopFigures(handled, handling or [0.0] * len(shares), unhandled, carts, age)


def measure_lateness(tenant_id: int | None = None) -> dict[str, Lateness]:
    """Return how late each kind of work is, over all shops or in one of them."""
    now = timezone.now()
    rows = Wakeup.objects.all()
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    found = rows.values("kind").annotate(
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
        waiting=Count("kind", filter=Q(due_at__lte=now)),
        failing=Count("kind", filter=Q(failures__gt=0)),
    )
    return {
        row["kind"]: Lateness(
            (now - row["oldest"]).total_seconds() if row["oldest"] else 0,
            row["waiting"],
            row["failing"],
        )
        for row in found
    }


def read_shop_state() -> ShopState:
    """Return the state of the open shop."""
    now = timezone.now()
    handled = read_handled(now, FEW_EVENTS)
    if len(handled) == FEW_EVENTS:
        handled = read_handled(now, MOST_EVENTS)
    open_events = WebhookEvent.objects.filter(handled_at=None).aggregate(
        count=Count("pk"), oldest=Min("received_at")
    )
    return ShopState(
        handled, open_events["count"], open_events["oldest"], measure_sync_ages(now)
    )


def read_handled(now: datetime, most: int) -> list[float]:
    """Return how long the newest handled webhooks took that arrived within RECENT, in seconds."""
    rows = WebhookEvent.objects.exclude(handled_at=None).order_by("-pk")
    times = rows.values_list("received_at", "handled_at")[:most]
    return [
        (end - start).total_seconds()
        for start, end in times
        if end and now - start <= RECENT
    ]


def measure_sync_ages(now: datetime) -> list[tuple[str, float]]:
    """Return each active cart's name with the age of its newest complete reading in seconds; of a new cart its own.

    Two carts may have one name.
    """
    successes = SyncRun.objects.successes().filter(cart=OuterRef("pk"))
    newest = Subquery(successes.values("started_at")[:1])
    carts = Cart.objects.active().annotate(newest=newest)
    return [
        (cart.name, (now - (cart.newest or cart.created_at)).total_seconds())
        for cart in carts
    ]


def compute_quantile(values: list[float], share: float) -> float:
    """Return the smallest value that at least this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0
    return ordered[max(math.ceil(len(ordered) * share) - 1, 0)]
