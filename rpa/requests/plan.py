"""休止 and スキップ by another date of the next delivery, where the shop works so.

休止: the chosen days are added to the next or to the previous delivery. スキップ: the last interval is added to the
next one. What it is counted from comes from the cart, as it is when the request is done.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from cartsync.connectors.base import Action, Order, Subscription
from cartsync.models import Cart
from rpa.executors.kinds import can_do
from rpa.models import CancellationRequest, RpaSettings
from rpa.models.settings import PauseBase

Kind = CancellationRequest.Kind
MOVABLE = (Kind.PAUSE, Kind.SKIP)


def plan_action(kind: str, settings: RpaSettings) -> Action:
    """Return what is done at the cart for a request of this kind."""
    moves = {
        Kind.PAUSE: bool(settings.pauses_from),
        Kind.SKIP: settings.skips_by_interval,
    }
    return Action.NEXT_DATE if moves.get(Kind(kind)) else Action(kind)


def can_serve(cart: Cart, kind: str, settings: RpaSettings) -> bool:
    """Return whether the cart can do it as the shop wants it done."""
    return can_do(cart, plan_action(kind, settings))


def plan_date(
    request: CancellationRequest,
    settings: RpaSettings,
    found: Subscription,
    orders: Sequence[Order],
) -> date | None:
    """Return the new date of the next delivery.

    None where the cart does not tell what it is counted from, or where it would not be later than the present one.
    """
    if found.next_at is None:
        return None
    following = timezone.localdate(found.next_at)
    previous = find_previous(found, orders)
    if request.kind == Kind.SKIP:
        base, days = following, (following - previous).days if previous else 0
    else:
        by_next = settings.pauses_from == PauseBase.NEXT
        base = following if by_next else previous or date.min
        days = request.every_days or settings.pause_days
    planned = base + timedelta(days=days)
    return planned if planned > max(following, timezone.localdate()) else None


def find_previous(found: Subscription, orders: Sequence[Order]) -> date | None:
    """Return the day of the subscription's last delivery, or of its shipping where the cart does not tell more."""
    days = [
        timezone.localdate(at)
        for order in orders
        if order.subscription_external_id == found.external_id
        and (at := order.delivered_at or order.shipped_at)
    ]
    return max(days, default=None)
