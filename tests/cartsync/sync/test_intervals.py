from datetime import timedelta

import pytest
from django.utils import timezone

from cartsync.models import Cart, SyncRun
from cartsync.sync.intervals import compute_link_timing, measure_interval
from messaging.deliveries.holds import get_link_timing
from tenants.models import Tenant
from tests.cartsync.conftest import make_cart

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def run(
    cart: Cart, minutes_ago: int, outcome: str = "success", begun: int | None = None
) -> None:
    at, began = (
        NOW - timedelta(minutes=m) for m in (minutes_ago, begun or minutes_ago)
    )
    SyncRun.objects.create(
        cart=cart, started_at=at, begun_at=began, finished_at=at, outcome=outcome
    )


def test_without_a_cart_nothing_waits(sakura: Tenant) -> None:
    told = get_link_timing(sakura)
    assert told.frequency is None
    assert told.settled_at is not None and told.settled_at >= NOW


def test_the_slowest_cart_counts_and_the_least_read(sakura: Tenant) -> None:
    fast, slow = make_cart(frequency=10), make_cart(name="二号店", frequency=90)
    run(fast, 30)
    run(fast, 5)
    run(slow, 200)
    assert compute_link_timing(sakura).frequency == timedelta(minutes=90)
    assert compute_link_timing(sakura).settled_at is None
    run(slow, 100)
    assert compute_link_timing(sakura).settled_at == NOW - timedelta(minutes=200)
    run(fast, 1, "try_later")
    assert compute_link_timing(sakura).settled_at == NOW - timedelta(minutes=200)


def test_a_continued_reading_counts_from_its_beginning(
    sakura: Tenant, cart: Cart
) -> None:
    run(cart, 120)
    run(cart, 60, begun=100)
    run(cart, 80, "partial", begun=100)
    run(cart, 5)
    assert compute_link_timing(sakura).settled_at == NOW - timedelta(minutes=100)


def test_a_cart_that_stopped_itself_still_holds_one_switched_off_does_not(
    sakura: Tenant, cart: Cart
) -> None:
    Cart.objects.update(is_active=False, stopped_reason="refused")
    assert compute_link_timing(sakura).settled_at is None
    Cart.objects.update(stopped_reason="")
    assert compute_link_timing(sakura).frequency is None


def test_the_measured_interval() -> None:
    assert measure_interval([NOW]) is None
    started = [NOW - timedelta(minutes=minutes) for minutes in (0, 60, 130)]
    assert measure_interval(started) == timedelta(minutes=65)
