"""What a broadcast brought about: taps on its links, reactions, orders.

反応: a member wrote, tapped, or opened a form within seven days of the message. An order belongs to the last message
that its member had tapped a link of, in the seven days before; it counts while the cart calls it settled.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)

from members.models import Visit
from messaging.extension import extensions
from messaging.links.addresses import list_urls
from messaging.models import Broadcast, Click, Delivery

WINDOW = dt.timedelta(days=7)


@dataclass(frozen=True)
class LinkCount:
    """A link of the message; ``people``: members who tapped it, ``taps``: how often, ``machines``: calls left out."""

    number: int
    url: str
    people: int
    taps: int
    machines: int


@dataclass(frozen=True)
class Results:
    """The figures of a broadcast. ``yen`` is None where no cart tells of orders. Rates: per cent of what was sent."""

    sent: int
    reacted: int
    tapped: int
    buyers: int
    yen: int | None
    links: list[LinkCount]

    @property
    def reaction_rate(self) -> float:
        return round(100 * self.reacted / self.sent, 1) if self.sent else 0.0

    @property
    def conversion_rate(self) -> float:
        return round(100 * self.buyers / self.sent, 1) if self.sent else 0.0


def load_results(broadcast: Broadcast) -> Results:
    """Return the figures as they are now: an order that is no longer settled is gone from them."""
    sent = Delivery.objects.filter(broadcast=broadcast, state=Delivery.State.SENT)
    reacted = sent.filter(Exists(select_reactions()))
    by_person = Click.objects.filter(delivery__broadcast=broadcast, machine="")
    buyers, yen = count_sales(broadcast)
    return Results(
        sent=sent.count(),
        reacted=reacted.count(),
        tapped=by_person.values("delivery_id").distinct().count(),
        buyers=buyers,
        yen=yen,
        links=count_links(broadcast),
    )


def select_reactions() -> QuerySet[Visit]:
    """Return the visits of an outer delivery's member in the seven days from its sending."""
    since = OuterRef("finished_at")
    until = ExpressionWrapper(OuterRef("finished_at") + WINDOW, DateTimeField())
    return Visit.objects.filter(
        member_id=OuterRef("member_id"), at__gte=since, at__lt=until
    )


def count_links(broadcast: Broadcast) -> list[LinkCount]:
    """Count each link of the message, those that nobody tapped too."""
    if not broadcast.content or not broadcast.content.counts_links:
        return []
    rows = Click.objects.filter(delivery__broadcast=broadcast).order_by()
    people = dict(
        rows.filter(machine="")
        .values_list("number")
        .annotate(Count("delivery_id", distinct=True))
    )
    taps = dict(rows.filter(machine="").values_list("number").annotate(Count("pk")))
    others = dict(rows.exclude(machine="").values_list("number").annotate(Count("pk")))
    return [
        LinkCount(n, url, people.get(n, 0), taps.get(n, 0), others.get(n, 0))
        for n, url in enumerate(list_urls(broadcast.content))
    ]


def count_sales(broadcast: Broadcast) -> tuple[int, int | None]:
    """Return (members who ordered, yen) of the settled orders that belong to the broadcast; None without a cart."""
    found = [each.sales() for each in extensions.values() if each.sales]
    if not found:
        return 0, None
    taps = Click.objects.filter(delivery__broadcast=broadcast, machine="")
    first = taps.aggregate(at=Min("at"))["at"]
    if not first:
        return 0, 0
    # Few orders come into question; finding the last tap of each of a shop's orders would take long.
    tapped = {"at__gte": first, "member_id__in": taps.values("member_id")}
    sums: list[dict[str, Any]] = [
        assign_sales(rows.filter(**tapped))
        .filter(credited=broadcast.pk)
        .aggregate(people=Count("member_id", distinct=True), amount=Sum("yen"))
        for rows in found
    ]
    return sum(each["people"] for each in sums), sum(
        each["amount"] or 0 for each in sums
    )


def assign_sales(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate each order with the broadcast that it is credited to: that of the member's last tap before it.

    A tap in a test says nothing of what a member wants.
    """
    earliest = ExpressionWrapper(OuterRef("at") - WINDOW, DateTimeField())
    taps = Click.objects.filter(
        member_id=OuterRef("member_id"),
        machine="",
        at__lte=OuterRef("at"),
        at__gt=earliest,
    )
    real = taps.exclude(delivery__source=Delivery.Source.TEST)
    last = real.order_by("-at", "-pk").annotate(of=F("delivery__broadcast_id"))
    return rows.annotate(credited=Subquery(last.values("of")[:1]))
