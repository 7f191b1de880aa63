from datetime import timedelta
from typing import Any

import pytest

from cartsync.models import Cart, CartCustomer, CartOrder, CartSubscription, Link, SyncRun
from cartsync.polling import poll
from members.models import MemberTag
from sandbox.serving import Sandbox
from tests.cartsync.conftest import known


@pytest.fixture(autouse=True)
def released(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr("cartsync.polling.release_held", lambda tenant: told.append(tenant.slug))
    return told


def buyer(shop: Sandbox, phone: str, orders: int = 0, **values: Any) -> dict[str, Any]:
    row = shop.cart.add_customer({"name": "佐藤 花子", "full_tel": phone, **values})
    for _ in range(orders):
        shop.cart.add_order(row["id"])
    return row


def test_reads_links_and_tags(shop: Sandbox, live: Cart, released: list[str]) -> None:
    member = known("090-1234-5678")
    row = buyer(shop, "０９０－１２３４－５６７８", email="hanako@example.jp")
    subscription = shop.cart.add_subscription(row["id"])
    shop.cart.add_order(row["id"], subscription["id"])
    shop.cart.add_order(row["id"], shipped=False)
    again = poll(live.tenant, live.pk)
    run = SyncRun.objects.get()
    assert (run.outcome, run.customers, run.orders, run.subscriptions, run.linked) == ("success", 1, 2, 1, 1)
    assert again == run.started_at + timedelta(minutes=60)
    assert released == ["sakura"]
    found = CartCustomer.objects.get()
    assert (found.number, found.name, found.phone_e164) == (row["number"], "佐藤 花子", "+819012345678")
    counts = (found.order_count, found.buy_times, found.buy_total, found.subscription_times, found.subscription_state)
    assert counts == (2, 1, 4530, 1, "active")
    assert [order.state for order in CartOrder.objects.order_by("external_id")] == ["sold", "authorised"]
    assert CartSubscription.objects.get().state == "active"
    assert Link.objects.get().customer == found
    member.refresh_from_db()
    assert member.link_state == "linked"
    assert [row.member_id for row in MemberTag.objects.all()] == [member.pk]
    live.refresh_from_db()
    assert (live.read_until, live.cursor) == (run.started_at, None)
