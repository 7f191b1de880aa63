"""Runs killed anywhere, and two at once."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from cartsync.models import Cart, CartCustomer, Link, SyncRun
from cartsync.sync.poll import poll_cart
from members.models import MemberTag, TagBatch
from outbound import faultpoints
from sandbox.serving import Sandbox
from tenants.scope import open_tenant_scope
from tests.cartsync.conftest import known, make_cart
from tests.conftest import Cast


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.fixture
def setting(shop: Sandbox, committed: Cast, monkeypatch: pytest.MonkeyPatch) -> Cart:
    monkeypatch.setattr("cartsync.connectors.ecforce.PER", 2)
    for number in range(5):
        row = shop.cart.add_customer(
            {"name": "花子", "full_tel": f"090-1234-000{number}"}
        )
        shop.cart.add_order(row["id"])
    with open_tenant_scope(committed.sakura), transaction.atomic():
        known("090-1234-0002")
        return make_cart(base_url=shop.cart_url)


def final(cast: Cast) -> dict[str, Any]:
    with open_tenant_scope(cast.sakura), transaction.atomic():
        return {
            "customers": CartCustomer.objects.count(),
            "bought": list(CartCustomer.objects.values_list("buy_times", flat=True)),
            "links": Link.objects.count(),
            "tags": MemberTag.objects.count(),
            "taggings": TagBatch.objects.count(),
            "read": Cart.objects.get().read_until is not None,
        }


DONE = {
    "customers": 5,
    "bought": [1] * 5,
    "links": 1,
    "tags": 1,
    "taggings": 1,
    "read": True,
}


def run(cast: Cast, cart: Cart) -> None:
    with open_tenant_scope(cast.sakura):
        poll_cart(cast.sakura, cart.pk)


@pytest.mark.parametrize(
    "point", ["cart.reading", "cart.read", "cart.linked", "cart.settled"]
)
@pytest.mark.parametrize("time", [1, 4])
def test_killed_anywhere_the_next_run_finishes(
    setting: Cart,
    committed: Cast,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    time: int,
) -> None:
    reached: list[str] = []

    def die(name: str) -> None:
        reached.append(name)
        if reached.count(point) == time and name == point:
            raise Killed

    monkeypatch.setattr(faultpoints, "hook", die)
    for _ in range(time if point != "cart.reading" else 1):
        try:
            run(committed, setting)
        except Killed:
            connection.close()  # as the server sees a dead process
    monkeypatch.setattr(faultpoints, "hook", None)
    run(committed, setting)
    run(committed, setting)
    assert final(committed) == DONE
    with open_tenant_scope(committed.sakura), transaction.atomic():
        assert "running" not in SyncRun.objects.values_list("outcome", flat=True)


def test_two_pollers_at_once(setting: Cart, committed: Cast, shop: Sandbox) -> None:
    shop.cart.switch(slow_ms=50)

    def work() -> None:
        try:
            run(committed, setting)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert final(committed) == DONE
    with open_tenant_scope(committed.sakura), transaction.atomic():
        assert list(SyncRun.objects.values_list("outcome", flat=True)) == ["success"]
