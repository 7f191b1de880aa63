"""How often the carts are polled, as planned and as measured, and since when two polls of each have begun."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cartsync.models import Cart, SyncRun
from messaging.deliveries.holds import LinkTiming
from tenants.models import Tenant

MEASURED_OVER = 5  # successful runs


@transaction.atomic
def compute_link_timing(tenant: Tenant) -> LinkTiming:
    """Return the timing for the step messages, in the tenant's scope.

    A cart that stopped itself still counts: during an outage nobody is asked for their number.
    """
    carts = list(Cart.objects.wanted().values_list("pk", "frequency", "match_key"))
    if not carts:
        return LinkTiming(settled_at=timezone.now())  # nothing to wait for
    settled = [find_second_newest_success(cart_id) for cart_id, _minutes, _key in carts]
    return LinkTiming(
        frequency=timedelta(minutes=max(minutes for _cart_id, minutes, _key in carts)),
        keys=frozenset(key for _cart_id, _minutes, key in carts),
        settled_at=None
        if None in settled
        else min(moment for moment in settled if moment),
    )


def find_frequency_page() -> str:
    """Return the settings of the cart that is polled least often; "" without a cart."""
    rows = Cart.objects.wanted().order_by("-frequency", "pk")
    slowest = rows.values_list("public_id", flat=True).first()
    return reverse("cartsync:settings", args=[slowest]) if slowest else ""


def list_linked_tags() -> list[int]:
    """Return the ids of the tags that mean "linked", one for each cart that has one."""
    return list(
        Cart.objects.wanted()
        .exclude(linked_tag=None)
        .values_list("linked_tag_id", flat=True)
    )


def find_second_newest_success(cart_id: int) -> datetime | None:
    """Return when the second newest successful reading began; None when there were fewer than two.

    What somebody answered before it has been looked for twice.
    """
    begun = (
        SyncRun.objects.successes()
        .filter(cart=cart_id)
        .values_list("begun_at", flat=True)[:2]
    )
    return begun[1] if len(begun) == 2 else None


def measure_interval(started: Sequence[datetime]) -> timedelta | None:
    """Return the mean interval between these successful runs, newest first; None for fewer than two."""
    if len(started) < 2:
        return None
    newest = started[: MEASURED_OVER + 1]
    return (newest[0] - newest[-1]) / (len(newest) - 1)
