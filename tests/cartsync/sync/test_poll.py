from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from cartsync.models import (
    Cart,
    CartCustomer,
    CartOrder,
    CartSubscription,
    Link,
    SyncRun,
)
from cartsync.sync import poll
from cartsync.sync.manage import change_cart
from cartsync.sync.poll import poll_cart
from members.models import MemberTag
from operators.models import Notice
from outbound.errors import FixSettings
from sandbox.cart.jsonapi import build_document
from sandbox.cart.words import SECRET_CARD, SECRET_TOKEN
from sandbox.serving import Sandbox
from tests.cartsync.conftest import known


@pytest.fixture(autouse=True)
def released(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(
        "cartsync.sync.poll.release_held_messages",
        lambda tenant: told.append(tenant.slug),
    )
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
    again = poll_cart(live.tenant, live.pk)
    run = SyncRun.objects.get()
    assert (run.outcome, run.customers, run.orders, run.subscriptions, run.linked) == (
        "success",
        1,
        2,
        1,
        1,
    )
    assert again == run.started_at + timedelta(minutes=60)
    assert released == ["sakura"]
    found = CartCustomer.objects.get()
    assert (found.number, found.name, found.phone_e164) == (
        row["number"],
        "佐藤 花子",
        "+819012345678",
    )
    counts = (
        found.order_count,
        found.buy_times,
        found.buy_total,
        found.subscription_times,
        found.subscription_state,
    )
    assert counts == (2, 1, 4530, 1, "active")
    assert [order.state for order in CartOrder.objects.order_by("external_id")] == [
        "sold",
        "authorised",
    ]
    assert CartSubscription.objects.get().state == "active"
    assert Link.objects.get().customer == found
    member.refresh_from_db()
    assert member.link_state == "linked"
    assert [row.member_id for row in MemberTag.objects.all()] == [member.pk]
    live.refresh_from_db()
    assert (live.read_until, live.cursor) == (run.started_at, None)


def test_reads_only_what_changed_and_counts_anew(shop: Sandbox, live: Cart) -> None:
    for number in range(5):
        buyer(shop, f"090-1234-000{number}", orders=1)
    poll_cart(live.tenant, live.pk)
    before, row = shop.cart.requests, next(iter(shop.cart.tables["orders"].values()))
    row |= {"payment_state": "voided"}
    shop.cart.touch("orders", row)
    poll_cart(live.tenant, live.pk)
    newest = SyncRun.objects.newest().first()
    assert (newest.outcome, newest.customers, newest.orders) == ("success", 0, 1)
    assert shop.cart.requests - before == 3
    taken_off = CartCustomer.objects.get(external_id=str(row["customer_id"]))
    assert (taken_off.order_count, taken_off.buy_times, taken_off.buy_total) == (
        1,
        0,
        0,
    )


def test_a_long_import_goes_on_where_it_stopped(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartsync.connectors.ecforce.PER", 4)
    for number in range(10):
        buyer(shop, f"090-1234-00{number:02}")
    member = known("090-1234-0003")
    runs = 0
    while not Cart.objects.get().read_until:
        again = poll_cart(live.tenant, live.pk, seconds=0.03)
        runs += 1
        assert runs < 60
        if cursor := Cart.objects.get().cursor:
            half_read = cursor["resource"] != "subscriptions"
            assert not (half_read and Link.objects.exists()), (
                "half a reading must not link"
            )
            assert again is not None
            assert SyncRun.objects.newest()[0].outcome == "partial"
    assert CartCustomer.objects.count() == 10
    assert [link.member_id for link in Link.objects.all()] == [member.pk]
    begun = set(SyncRun.objects.values_list("begun_at", flat=True))
    assert begun == {SyncRun.objects.order_by("started_at")[0].started_at}


@pytest.mark.parametrize("when", range(6))
def test_rows_that_change_while_pages_are_read_are_not_missed(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    monkeypatch.setattr("cartsync.connectors.ecforce.PER", 3)
    rows = [
        shop.cart.add_customer({"name": "花子", "full_tel": f"090-1234-00{n:02}"})
        for n in range(9)
    ]
    for row in rows:  # all in one second: the window cannot move within them
        row["updated_at"] = "2026/11/20 12:00:00.000000"
    from cartsync.sync import poll as polling

    pages = iter(range(100))
    keep_page = polling.store_page

    def disturb(*args: Any) -> None:
        keep_page(*args)
        if next(pages) == when:
            shop.cart.edit_customer(rows[0]["id"], {"name01": "改名"})

    monkeypatch.setattr(polling, "store_page", disturb)
    poll_cart(live.tenant, live.pk)
    assert CartCustomer.objects.count() == 9
    poll_cart(live.tenant, live.pk)
    assert CartCustomer.objects.get(external_id=str(rows[0]["id"])).name.startswith(
        "改名"
    )


def test_a_great_many_links_are_made_in_parts(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartsync.matching.match.PART", 2)
    for number in range(5):
        buyer(shop, f"090-1234-000{number}")
        known(f"090-1234-000{number}")
    poll_cart(live.tenant, live.pk)
    run = SyncRun.objects.get()
    assert (
        run.outcome,
        run.linked,
        Link.objects.count(),
        MemberTag.objects.count(),
    ) == ("success", 5, 5, 5)


@pytest.mark.parametrize("total_pages", ["zero", "missing"])
def test_every_page_is_read_whatever_the_cart_says_of_pages(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch, total_pages: str
) -> None:
    monkeypatch.setattr("cartsync.connectors.ecforce.PER", 3)
    shop.cart.switch(total_pages=total_pages)
    rows = [buyer(shop, f"090-1234-00{number:02}", orders=1) for number in range(7)]
    for row in rows[:6]:  # a second of two full pages
        row["updated_at"] = "2026/11/20 12:00:00.000000"
    poll_cart(live.tenant, live.pk)
    run = SyncRun.objects.get()
    assert (run.outcome, run.customers, run.orders) == ("success", 7, 7)
    assert (CartCustomer.objects.count(), CartOrder.objects.count()) == (7, 7)


def test_fewer_rows_than_counted_are_incomplete_and_read_again(
    shop: Sandbox, live: Cart, released: list[str]
) -> None:
    member = known("090-1234-0000")
    for number in range(3):
        buyer(shop, f"090-1234-000{number}")
    shop.cart.switch(left_out=1)
    pauses = []
    for _ in range(2):
        again = poll_cart(live.tenant, live.pk)
        run = SyncRun.objects.newest()[0]
        assert (run.outcome, run.error) == ("incomplete", "incomplete")
        assert again and run.finished_at
        pauses.append(round((again - run.finished_at).total_seconds()))
    live.refresh_from_db()
    assert (live.read_until, live.cursor, live.is_active, pauses) == (
        None,
        None,
        True,
        [60, 120],
    )
    assert (CartCustomer.objects.count(), Link.objects.count(), released) == (2, 0, [])
    shop.cart.switch(left_out=0)
    poll_cart(live.tenant, live.pk)
    live.refresh_from_db()
    run = SyncRun.objects.newest()[0]
    assert (run.outcome, run.customers) == ("success", 1)
    assert (live.read_until, live.failures) == (run.started_at, 0)
    assert Link.objects.get().member_id == member.pk


def test_an_incomplete_run_keeps_the_mark_of_the_last_whole_one(
    shop: Sandbox, live: Cart
) -> None:
    buyer(shop, "090-1234-0000")
    poll_cart(live.tenant, live.pk)
    mark = Cart.objects.get().read_until
    shop.cart.switch(left_out=1)
    poll_cart(live.tenant, live.pk)
    assert SyncRun.objects.newest()[0].outcome == "incomplete"
    assert Cart.objects.get().read_until == mark


def test_payment_states_that_nobody_mapped_are_told(shop: Sandbox, live: Cart) -> None:
    row = buyer(shop, "090-1234-5678", orders=1)
    for word in ("paid_later", "paid_later", "chargeback"):
        last = shop.cart.add_order(row["id"], payment_state=word)
    poll_cart(live.tenant, live.pk)
    words = list(live.orders.unknown_words())
    assert [(each["word"], each["orders"]) for each in words] == [
        ("paid_later", 2),
        ("chargeback", 1),
    ]
    assert words[1]["example"] == last["number"]
    assert CartCustomer.objects.get().buy_times == 1
    last["payment_state"] = "completed"
    shop.cart.touch("orders", last)
    poll_cart(live.tenant, live.pk)
    assert [each["word"] for each in live.orders.unknown_words()] == ["paid_later"]


def test_tokens_and_cards_of_customers_are_not_kept(shop: Sandbox, live: Cart) -> None:
    row = buyer(shop, "090-1234-5678", orders=1)
    shop.cart.add_subscription(row["id"])
    sent = build_document("customers", row)["attributes"]
    assert sent["authentication_token"] == SECRET_TOKEN
    assert sent["credit_cards"][0]["number"] == SECRET_CARD
    poll_cart(live.tenant, live.pk)
    assert CartCustomer.objects.count() == 1
    with connection.cursor() as cursor:
        found = [
            table
            for table in connection.introspection.table_names(cursor)
            for secret in (SECRET_TOKEN, SECRET_CARD)
            if holds_text(cursor, table, secret)
        ]
    assert found == []


def holds_text(cursor: Any, table: str, text: str) -> bool:
    cursor.execute(
        f'SELECT EXISTS (SELECT FROM "{table}" t WHERE strpos(t::text, %s) > 0)', [text]
    )
    return bool(cursor.fetchone()[0])


def test_an_outage_is_tried_later_with_growing_pauses(
    shop: Sandbox, live: Cart, released: list[str]
) -> None:
    shop.cart.switch(outage=True)
    polling_now = pytest.MonkeyPatch()
    polling_now.setattr("cartsync.sync.poll.SHORT_PAUSES", (0.0,))
    pauses = []
    for _ in range(3):
        again = poll_cart(live.tenant, live.pk)
        run = SyncRun.objects.newest()[0]
        assert run.outcome == "try_later" and run.finished_at and again
        pauses.append(round((again - run.finished_at).total_seconds()))
    polling_now.undo()
    assert pauses == [60, 120, 300]
    live.refresh_from_db()
    assert (live.is_active, live.failures, live.read_until) == (True, 3, None)
    assert released == []


def test_three_refusals_switch_the_cart_off(shop: Sandbox, live: Cart) -> None:
    Cart.objects.filter(pk=live.pk).update(settings={"base_url": live.base_url})
    live.refresh_from_db()
    live.settings["token"] = "revoked"
    live.save()
    answers = [poll_cart(live.tenant, live.pk) for _ in range(3)]
    live.refresh_from_db()
    assert [bool(answer) for answer in answers] == [True, True, False]
    assert (live.is_active, live.stopped_reason) == (False, "refused")
    assert list(Notice.objects.values_list("kind", "subject_id", "data")) == [
        ("cart.stopped", live.pk, {"reason": "refused"})
    ]
    assert poll_cart(live.tenant, live.pk) is None
    assert SyncRun.objects.count() == 3


def test_both_shops_keep_to_themselves(shop: Sandbox, cast: Any) -> None:
    from tenants.scope import open_tenant_scope
    from tests.cartsync.conftest import make_cart

    buyer(shop, "090-1234-5678")
    with open_tenant_scope(cast.momiji):
        known("090-1234-5678")
    with open_tenant_scope(cast.sakura):
        cart = make_cart(base_url=shop.cart_url)
        poll_cart(cast.sakura, cart.pk)
        assert (CartCustomer.objects.count(), Link.objects.count()) == (1, 0)
    with open_tenant_scope(cast.momiji):
        assert (CartCustomer.objects.count(), Link.objects.count()) == (0, 0)
        assert poll_cart(cast.momiji, cart.pk) is None


def test_another_address_meanwhile_is_read_from_its_beginning(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer(shop, "090-1234-5678")
    read = poll.read_page

    def change(connector: Any, reading: Any) -> Any:
        page = read(connector, reading)
        other = {"name": "本店", "base_url": "http://127.0.0.1:9"}
        change_cart(Cart.objects.get(), other)
        return page

    monkeypatch.setattr(poll, "read_page", change)
    poll_cart(live.tenant, live.pk)
    assert [run.outcome for run in SyncRun.objects.all()] == ["partial"]
    now = Cart.objects.get()
    assert (now.base_url, now.read_until, now.cursor) == (
        "http://127.0.0.1:9",
        None,
        None,
    )
    assert CartCustomer.objects.count() == 0


def test_another_address_meanwhile_is_not_blamed_for_the_old_one(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(connector: Any, reading: Any) -> Any:
        change_cart(
            Cart.objects.get(), {"name": "本店", "base_url": "http://127.0.0.1:9"}
        )
        raise FixSettings("refused")

    monkeypatch.setattr(poll, "read_page", refuse)
    poll_cart(live.tenant, live.pk)
    assert Cart.objects.get().failures == 0
