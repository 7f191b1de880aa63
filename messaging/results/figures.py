"""What a broadcast or a message of a scenario brought about: taps on its links, reactions, orders.

反応: a member wrote, tapped, or opened a form within seven days of the message. An order belongs to the last message
that its member had tapped a link of, in the seven days before; it counts while the cart calls it settled. Every figure
counts deliveries, and ``narrow_result`` returns just these: who opens a figure sees its people.
"""

import datetime as dt
from collections.abc import Iterator
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
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Visit
from messaging.extension import extensions
from messaging.models import Broadcast, Click, Delivery
from messaging.results.links import LinkCount, Subject, count_links, select_clicks

WINDOW = dt.timedelta(days=7)
# What 送信ログ can be narrowed by once a message is chosen.
RESULTS: dict[str, str | Promise] = {
    "reacted": _("反応あり"),
    "tapped": _("リンクをタップ"),
    "bought": _("注文あり"),
}


@dataclass(frozen=True)
class Results:
    """The figures of a message. ``yen`` is None where no cart tells of orders. Rates: per cent of what was sent."""

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


def load_results(subject: Subject) -> Results:
    """Return the figures as they are now: an order that is no longer settled is gone from them."""
    rows = select_deliveries(subject)
    buyers, yen = count_sales(subject)
    return Results(
        sent=rows.filter(state=Delivery.State.SENT).count(),
        reacted=narrow_result(rows, subject, "reacted").count(),
        tapped=narrow_result(rows, subject, "tapped").count(),
        buyers=buyers,
        yen=yen,
        links=count_links(subject),
    )


def select_deliveries(subject: Subject) -> QuerySet[Delivery]:
    if isinstance(subject, Broadcast):
        return Delivery.objects.filter(broadcast=subject)
    return Delivery.objects.filter(step=subject)


def narrow_result(
    rows: QuerySet[Delivery], subject: Subject, result: str
) -> QuerySet[Delivery]:
    """Return those of the message's deliveries that a figure counts; ``result``: a key of RESULTS."""
    if result == "reacted":
        sent = rows.filter(state=Delivery.State.SENT)
        return sent.filter(Exists(select_reactions()))
    if result == "tapped":
        taps = Click.objects.filter(delivery_id=OuterRef("pk"), machine="")
        return rows.filter(Exists(taps))
    credited = Q(pk__in=[])
    for orders in list_credited_orders(subject):
        credited |= Q(pk__in=orders.values("delivery"))
    return rows.filter(credited)


def select_reactions() -> QuerySet[Visit]:
    """Return the visits of an outer delivery's member in the seven days from its sending."""
    since = OuterRef("finished_at")
    until = ExpressionWrapper(OuterRef("finished_at") + WINDOW, DateTimeField())
    return Visit.objects.filter(
        member_id=OuterRef("member_id"), at__gte=since, at__lt=until
    )


def count_sales(subject: Subject) -> tuple[int, int | None]:
    """Return (deliveries that led to orders, yen of these) of the settled orders; None for yen without a cart."""
    if not any(each.sales for each in extensions.values()):
        return 0, None
    sums: list[dict[str, Any]] = [
        rows.aggregate(people=Count("delivery", distinct=True), amount=Sum("yen"))
        for rows in list_credited_orders(subject)
    ]
    people = sum(each["people"] for each in sums)
    return people, sum(each["amount"] or 0 for each in sums)


def list_credited_orders(subject: Subject) -> Iterator[QuerySet[Any]]:
    """Yield the settled orders that belong to the message, each with the ``delivery`` that they are credited to."""
    taps = Click.objects.filter(select_clicks(subject), machine="")
    first = taps.aggregate(at=Min("at"))["at"]
    if not first:
        return
    of = "broadcast" if isinstance(subject, Broadcast) else "step"
    # Few orders come into question; finding the last tap of each of a shop's orders would take long.
    tapped = {"at__gte": first, "member_id__in": taps.values("member_id")}
    for each in extensions.values():
        if each.sales:
            rows = assign_sales(each.sales().filter(**tapped), of)
            yield rows.filter(credited=subject.pk)


def assign_sales(rows: QuerySet[Any], of: str) -> QuerySet[Any]:
    """Annotate each order with the ``delivery`` of its member's last tap before it, and what that is ``credited`` to.

    ``of``: "broadcast" or "step". A tap in a test says nothing of what a member wants.
    """
    earliest = ExpressionWrapper(OuterRef("at") - WINDOW, DateTimeField())
    taps = Click.objects.filter(
        member_id=OuterRef("member_id"),
        machine="",
        at__lte=OuterRef("at"),
        at__gt=earliest,
    )
    real = taps.exclude(delivery__source=Delivery.Source.TEST)
    last = real.order_by("-at", "-pk").annotate(of=F(f"delivery__{of}_id"))
    return rows.annotate(
        credited=Subquery(last.values("of")[:1]),
        delivery=Subquery(last.values("delivery_id")[:1]),
    )
