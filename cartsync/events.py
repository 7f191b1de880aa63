"""What happens at a cart, as events for the step messages: one for each real change, in the transaction that stores it.

A row that came before, in the same version or an older one, changes nothing and so tells nothing. What happened before
the shop's cart was read here (Cart.news_from) is history and starts no message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from cartsync.models import Cart, CartOrder, Link
from cartsync.models.carts import ORDER_MAIL
from messaging.models import Trigger
from messaging.triggers.fire import Happening, fire_trigger

# Who is linked only now gets what the orders of so many days would have started.
MADE_UP_FOR = timedelta(days=30)
# Orders in which nothing happened.
DEAD = {CartOrder.State.CANCELLED, CartOrder.State.RETURNED}


@dataclass(frozen=True)
class CartEvent:
    """``kind``: of a trigger. ``key`` names the change for good, at most 40 characters."""

    kind: str
    customer: str  # its external id
    key: str
    at: datetime


@dataclass(frozen=True)
class StoredOrder:
    """An order that was stored just now, as sync/store.py returns it."""

    external_id: str
    customer: str
    pk: int
    is_new: bool
    shipped_before: datetime | None
    state: str
    ordered_at: datetime
    shipped_at: datetime | None


@dataclass(frozen=True)
class StoredSubscription:
    external_id: str
    customer: str
    pk: int
    is_new: bool
    state_before: str | None
    next_before: datetime | None
    state: str
    next_at: datetime | None
    stopped_at: datetime | None
    changed_at: datetime


def fire_order_events(cart: Cart, rows: Sequence[StoredOrder]) -> int:
    """Let new orders and new shippings count; return how many runs began."""
    return fire_cart_events(
        cart,
        [
            event
            for row in rows
            for event in (
                build_order_event(cart, row) if row.is_new else None,
                build_shipped_event(cart, row) if not row.shipped_before else None,
            )
            if event
        ],
    )


def build_order_event(cart: Cart, row: StoredOrder) -> CartEvent | None:
    """Return the event of an order; None where nothing is to come of it."""
    if row.state in DEAD or row.ordered_at < cart.news_from:
        return None
    return CartEvent("order", row.customer, f"order:{row.pk}", row.ordered_at)


def build_shipped_event(cart: Cart, row: StoredOrder) -> CartEvent | None:
    if not row.shipped_at or row.state in DEAD or row.shipped_at < cart.news_from:
        return None
    return CartEvent("shipped", row.customer, f"shipped:{row.pk}", row.shipped_at)


def fire_subscription_events(cart: Cart, rows: Sequence[StoredSubscription]) -> int:
    """Let changes of subscriptions count, once the cart was read from end to end; return how many runs began.

    Before, nobody can tell a new subscription from an old one.
    """
    if not cart.read_until:
        return 0
    return fire_cart_events(
        cart, [event for row in rows for event in list_subscription_events(row)]
    )


def list_subscription_events(row: StoredSubscription) -> Iterable[CartEvent]:
    """Yield what happened to one subscription. One that comes in stopped tells nothing: it is history."""
    now = timezone.now()
    changed_at = min(row.changed_at, now)
    became = row.state if row.state != row.state_before else ""
    version = f"{row.pk}:{row.changed_at:%y%m%d%H%M%S}"
    if became == "active" and row.state_before in (None, "other"):
        yield CartEvent(
            "subscription_started", row.customer, f"sub:{row.pk}", changed_at
        )
    stopped = {"suspended": "paused", "cancelled": "cancelled"}.get(became)
    if stopped and not row.is_new:
        at = min(row.stopped_at or changed_at, now)
        kind = f"subscription_{stopped}"
        yield CartEvent(kind, row.customer, f"{stopped}:{version}", at)
    if row.state == "active" and row.next_at and row.next_at != row.next_before:
        key = f"next:{row.pk}:{row.next_at:%y%m%d%H%M}"
        yield CartEvent("subscription_next", row.customer, key, changed_at)


def fire_link_events(cart: Cart, member_ids: Sequence[int], at: datetime) -> None:
    """Let new links count, and the recent orders of those who were unknown when they came in."""
    key = f"link:{cart.pk}:{at.timestamp():.6f}"
    if cart.kind != ORDER_MAIL:  # who only ordered is not 連携済み
        fire_trigger(cart.tenant, "linked", cart.public_id, member_ids, key=key)
    if not list_wanted_kinds({"order", "shipped"}):
        return
    links = Link.objects.current().filter(cart=cart, linked_at=at)
    customers = links.values("customer__external_id")
    since = max(cart.news_from, at - MADE_UP_FOR)
    orders = CartOrder.objects.filter(cart=cart, customer_external_id__in=customers)
    rows = [
        StoredOrder(
            order.external_id,
            order.customer_external_id,
            order.pk,
            True,
            None,
            order.state,
            order.received_at or order.ordered_at,
            order.shipped_at,
        )
        for order in orders.filter(ordered_at__gte=since).order_by("ordered_at", "pk")
    ]
    fire_order_events(cart, rows)


def fire_unlinked(link: Link) -> None:
    """Let the end of a link count."""
    if link.cart.kind == ORDER_MAIL:
        return
    ref, who = link.cart.public_id, [link.member_id]
    fire_trigger(link.tenant, "unlinked", ref, who, key=f"unlink:{link.pk}")


def list_wanted_kinds(kinds: Iterable[str]) -> set[str]:
    """Return those of these kinds that some step message listens to."""
    rows = Trigger.objects.filter(kind__in=set(kinds), scenario__deleted_at=None)
    return set(rows.values_list("kind", flat=True))


def fire_cart_events(cart: Cart, events: Sequence[CartEvent]) -> int:
    """Let the events count for the members who are linked with their customers; return how many runs began."""
    wanted = list_wanted_kinds(event.kind for event in events) if events else set()
    events = [event for event in events if event.kind in wanted]
    if not events:
        return 0
    members = find_linked_members(cart, {event.customer for event in events})
    started = 0
    for kind in sorted(wanted):
        happened = [
            Happening(members[event.customer], event.key, event.at)
            for event in events
            if event.kind == kind and event.customer in members
        ]
        started += fire_trigger(cart.tenant, kind, cart.public_id, happened)
    return started


def find_linked_members(cart: Cart, customers: Iterable[str]) -> dict[str, int]:
    """Return, by the customers' external ids, the ids of the members linked with them."""
    links = Link.objects.current().filter(
        cart=cart, customer__external_id__in=set(customers)
    )
    return dict(links.values_list("customer__external_id", "member_id"))
