"""The shop's rules: whether a request may go on, and when the robot works."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from cartsync.connectors.base import Action, Order, Subscription
from cartsync.models import CartOrder
from rpa.models import RpaSettings
from rpa.search.products import fold_product

ENDING = (Action.CANCEL, Action.PAUSE)
UNSENT = (CartOrder.State.PENDING, CartOrder.State.AUTHORISED)


def find_refusal(
    settings: RpaSettings,
    action: Action,
    subscription: Subscription,
    orders: Sequence[Order],
    now: datetime,
) -> str:
    """Return the code of the first rule that stands against it, "" where none does."""
    refused = map(fold_product, settings.refused_products.splitlines())
    if fold_product(subscription.product) in set(filter(None, refused)):
        return "refused_product"
    left = subscription.remaining_times
    if action in ENDING and settings.respects_obligation and left:
        return "obliged"
    if settings.refuses_in_shipment and any(
        is_in_shipment(order, subscription) for order in orders
    ):
        return "in_shipment"
    if subscription.next_at and settings.days_before:
        today = timezone.localdate(now)
        days = (timezone.localdate(subscription.next_at) - today).days
        if days < settings.days_before:
            return "too_late"
    return ""


def is_in_shipment(order: Order, subscription: Subscription) -> bool:
    """Return whether this order of the subscription is paid for and has not left yet."""
    named = order.subscription_external_id
    return (
        order.state in UNSENT
        and order.shipped_at is None
        and named in ("", subscription.external_id)
    )


def find_opening(settings: RpaSettings, now: datetime) -> datetime | None:
    """Return when the robot's hours begin next, None while they last. Hours may go over midnight."""
    opens, closes = settings.opens_at, settings.closes_at
    if opens is None or closes is None or opens == closes:
        return None
    local = timezone.localtime(now)
    clock = local.time()
    is_open = (
        opens <= clock < closes if opens < closes else clock >= opens or clock < closes
    )
    if is_open:
        return None
    start = local.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    return start if start > local else start + timedelta(days=1)
