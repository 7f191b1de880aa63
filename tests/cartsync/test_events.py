"""What happens at a cart starts and ends step messages: once for each real change, and never for history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cartsync.connectors.base import Line, Order, Resource, Subscription
from cartsync.matching.link import link_members
from cartsync.matching.match import match_members
from cartsync.matching.operator_decisions import end_link, link_by_hand
from cartsync.merge_fields import load_order_values
from cartsync.models import Cart, CartOrder, Link
from cartsync.ordermail.orders import get_or_add_mail_cart
from cartsync.sync.manage import change_cart
from cartsync.sync.store import store_rows
from cartsync.triggers import TRIGGERS
from members.models import Member
from messaging.models import Delivery, Enrollment, LineAccount, Scenario, Trigger
from messaging.scenarios.manage import switch_scenario_on
from messaging.scenarios.missed import count_missed_members, enrol_missed_members
from messaging.triggers.fire_dates import fire_dates
from messaging.triggers.kinds import get_trigger_kind
from tests.cartsync.conftest import customer, known, make_cart, stored
from tests.messaging.conftest import make_scenario

PHONE = "090-1234-0001"


@pytest.fixture
def account(cart: Cart) -> LineAccount:
    return LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )


@pytest.fixture
def buyer(cart: Cart) -> Member:
    """A member linked with customer 1 of a cart that was read from end to end."""
    Cart.objects.update(
        read_until=timezone.now(), news_from=timezone.now() - timedelta(days=60)
    )
    cart.refresh_from_db()
    stored(cart, customer(1, PHONE))
    member = known(PHONE)
    assert match_members(cart) == [member.pk]
    return member


def listen(
    account: LineAccount, kind: str, role: str = "start", **values: Any
) -> Scenario:
    ref = values.pop("ref", "")
    scenario = make_scenario(account, name=kind, **values)
    Trigger.objects.create(scenario=scenario, kind=kind, role=role, ref=ref)
    return scenario


def ago(**values: float) -> datetime:
    return timezone.now() - timedelta(**values)


def order(number: int = 1, version: int = 0, **values: Any) -> Order:
    at = values.pop("at", ago(hours=1))
    given = {
        "external_id": str(number),
        "customer_external_id": "1",
        "number": f"#{number}",
        "state": "pending",
        "times": 1,
        "total": 1000,
        "ordered_at": at,
        "changed_at": at + timedelta(seconds=version),
    }
    return Order(**given | values)


def subscription(version: int = 0, **values: Any) -> Subscription:
    given = {
        "external_id": "9", "customer_external_id": "1", "product": "美容液", "state": "active", "times": 1,
        "next_at": None, "changed_at": ago(hours=5) + timedelta(minutes=version),
    }  # fmt: skip
    return Subscription(**given | values)


def keep(cart: Cart, *rows: Order | Subscription) -> None:
    first = rows[0]
    resource = Resource.ORDERS if isinstance(first, Order) else Resource.SUBSCRIPTIONS
    store_rows(cart, resource, rows)


def runs(scenario: Scenario) -> list[tuple[int, datetime]]:
    rows = Enrollment.objects.filter(scenario=scenario).order_by("triggered_at", "pk")
    return list(rows.values_list("member_id", "triggered_at"))


# ---------------------------------------------------------------- orders
def test_a_new_order_starts_a_run_from_its_own_time(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    this, other = (
        listen(account, "order", ref=ref) for ref in (cart.public_id, "another")
    )
    row = order()
    keep(cart, row)
    assert runs(this) == [(buyer.pk, row.ordered_at)]
    assert runs(other) == []


def test_replays_and_older_versions_change_nothing(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario, shipped = listen(account, "order"), listen(account, "shipped")
    at = ago(minutes=10)
    versions = [
        order(at=ago(hours=1)),
        order(at=ago(hours=1), version=1, state="sold"),
        order(at=ago(hours=1), version=2, state="sold", shipped_at=at),
        order(
            at=ago(hours=1),
            version=3,
            state="sold",
            shipped_at=at + timedelta(minutes=1),
        ),
    ]
    for turn in permutations(versions):
        for row in (*turn, *turn):
            keep(cart, row)
        assert len(runs(scenario)) == 1
        assert len(runs(shipped)) == 1
        CartOrder.objects.all().delete()
        Enrollment.objects.all().delete()


def test_two_versions_in_one_page_are_one_event(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "order")
    keep(cart, order(at=ago(hours=1)), order(at=ago(hours=1), version=5), order(2))
    assert len(runs(scenario)) == 2


@pytest.mark.parametrize("state", ["cancelled", "returned"])
def test_an_order_that_comes_in_dead_starts_nothing(
    cart: Cart, buyer: Member, account: LineAccount, state: str
) -> None:
    scenario = listen(account, "order")
    keep(cart, order(state=state))
    assert runs(scenario) == []


def test_shipping_counts_once_from_when_it_was_shipped(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "shipped")
    keep(cart, order(at=ago(days=2)))
    assert runs(scenario) == []
    at = ago(hours=2)
    keep(cart, order(at=ago(days=2), version=60, shipped_at=at))
    assert runs(scenario) == [(buyer.pk, at)]
    keep(cart, order(at=ago(days=2), version=90, shipped_at=ago(hours=1)))
    assert runs(scenario) == [(buyer.pk, at)]


def test_an_order_ends_a_series_and_does_not_end_what_it_starts(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    first = order(at=ago(hours=3))
    scenario = listen(account, "order", steps=[(timedelta(days=7), "いかがですか")])
    Trigger.objects.create(scenario=scenario, kind="order", role="stop")
    keep(cart, first)
    keep(cart, order(2, at=ago(hours=1)))
    rows = Enrollment.objects.order_by("triggered_at")
    assert list(rows.values_list("ended_why", flat=True)) == ["stopped", ""]
    waiting = Delivery.objects.order_by("planned_at").values_list("state", flat=True)
    assert list(waiting) == [Delivery.State.CANCELLED, Delivery.State.SCHEDULED]


# ---------------------------------------------------------------- history
def test_the_first_reading_of_an_old_shop_starts_nothing(
    cart: Cart, account: LineAccount
) -> None:
    """A shop with years behind it is read for the first time: only what was ordered since then counts."""
    names = ["order", "shipped", "subscription_started", "subscription_next"]
    scenarios = {kind: listen(account, kind) for kind in names}
    stored(cart, customer(1, PHONE))
    member = known(PHONE)
    link_by_hand(member, cart.customers.get())
    old = [
        order(n, at=ago(days=n), state="sold", shipped_at=ago(days=n - 1, hours=1))
        for n in range(1, 40)
    ]
    keep(cart, *old)
    keep(cart, subscription(next_at=ago(days=-3)))
    assert {kind: runs(row) for kind, row in scenarios.items()} == {
        kind: [] for kind in names
    }
    new = order(99, at=cart.news_from + timedelta(seconds=1))
    keep(cart, new)
    assert runs(scenarios["order"]) == [(member.pk, new.ordered_at)]


def test_another_address_of_the_cart_begins_a_new_history(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "order")
    values = {
        "name": cart.name, "frequency": 60, "match_key": "phone", "tag": "連携済み", "untag_on_end": True,
        "needs_order": False, "lock_days": None, "base_url": "http://127.0.0.1:8", "token": "",
    }  # fmt: skip
    change_cart(cart, values)
    assert cart.news_from > ago(minutes=1)
    keep(cart, order(at=ago(days=1)))
    assert runs(scenario) == []


def test_orders_of_the_time_before_the_switch_are_history(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "order", switched_at=ago(hours=2))
    keep(cart, order(1, at=ago(days=3)), order(2, at=ago(hours=5)), order(3))
    assert [at > ago(hours=6) for _member, at in runs(scenario)] == [True, True]


def test_orders_while_it_was_off_are_asked_about(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "order", is_on=False, switched_at=ago(days=1))
    keep(cart, order(1, at=ago(days=3)), order(2, at=ago(hours=5)))
    assert runs(scenario) == []
    assert count_missed_members(scenario) == 1
    assert enrol_missed_members(scenario) == 1
    switch_scenario_on(scenario)
    keep(cart, order(2, at=ago(hours=5), version=9, state="sold"))
    assert len(runs(scenario)) == 1


# ---------------------------------------------------------------- links
def test_who_is_linked_with_the_order_gets_what_it_starts(
    cart: Cart, account: LineAccount
) -> None:
    """The first order of a new customer is read before anybody knows who they are."""
    Cart.objects.update(read_until=timezone.now(), news_from=ago(days=60))
    cart.refresh_from_db()
    orders, links = listen(account, "order"), listen(account, "linked")
    stored(cart, customer(1, PHONE), customer(2, "090-1234-0002"))
    recent = order(1, at=ago(hours=30))
    keep(cart, recent, order(2, at=ago(days=31)), order(3, customer_external_id="2"))
    assert runs(orders) == []
    member = known(PHONE)
    match_members(cart)
    assert runs(orders) == [(member.pk, recent.ordered_at)]
    assert [who for who, _at in runs(links)] == [member.pk]
    keep(cart, replace(recent, changed_at=timezone.now()))
    match_members(cart)
    assert len(runs(orders)) == 1


def test_a_link_counts_once_and_its_end_too(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    linked, unlinked = (
        listen(account, kind, ref=cart.public_id) for kind in ("linked", "unlinked")
    )
    link = Link.objects.get()
    end_link(link)
    end_link(link)
    assert [who for who, _at in runs(unlinked)] == [buyer.pk]
    assert runs(linked) == []
    link_by_hand(buyer, cart.customers.get())
    end_link(Link.objects.current().get())
    assert [who for who, _at in runs(linked)] == [buyer.pk]
    assert [who for who, _at in runs(unlinked)] == [buyer.pk] * 2


def test_an_order_of_nobody_linked_starts_nothing(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenario = listen(account, "order")
    twin = make_cart(name="支店", read_until=timezone.now(), news_from=ago(days=9))
    keep(cart, order(customer_external_id="2"))
    keep(twin, order())
    assert runs(scenario) == []


# ---------------------------------------------------------------- subscriptions
KINDS = (
    "subscription_started",
    "subscription_paused",
    "subscription_cancelled",
    "subscription_next",
)


def count_runs(scenarios: dict[str, Scenario]) -> list[int]:
    return [len(runs(scenarios[kind])) for kind in KINDS]


def test_each_change_of_a_subscription_counts_once(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenarios = {kind: listen(account, kind) for kind in KINDS}
    next_at = datetime(2027, 1, 10, tzinfo=UTC)
    history = [
        (subscription(0, next_at=next_at), [1, 0, 0, 1]),
        (subscription(1, next_at=next_at, times=2), [1, 0, 0, 1]),
        (subscription(2, next_at=next_at + timedelta(days=30), times=2), [1, 0, 0, 2]),
        (subscription(3, state="suspended"), [1, 1, 0, 2]),
        (subscription(4, state="active", next_at=next_at), [1, 1, 0, 2]),
        (subscription(5, state="cancelled"), [1, 1, 1, 2]),
        (subscription(5, state="cancelled"), [1, 1, 1, 2]),
        (subscription(1, next_at=next_at), [1, 1, 1, 2]),
        (subscription(6, state="cancelled", times=3), [1, 1, 1, 2]),
    ]
    for row, expected in history:
        keep(cart, row)
        assert count_runs(scenarios) == expected


def test_a_subscription_that_comes_in_stopped_is_history(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    scenarios = {kind: listen(account, kind) for kind in KINDS}
    keep(cart, subscription(state="cancelled", stopped_at=ago(days=200)))
    assert count_runs(scenarios) == [0, 0, 0, 0]


@pytest.mark.parametrize(("days", "expected"), [(-3, 1), (-2, 0), (0, 0)])
def test_days_before_the_next_delivery(
    cart: Cart, buyer: Member, account: LineAccount, days: int, expected: int
) -> None:
    scenario = listen(account, "subscription_date")
    scenario.triggers.update(params={"days": days})
    in_three_days = timezone.localtime().replace(hour=23, minute=30) + timedelta(days=3)
    keep(cart, subscription(next_at=in_three_days))
    keep(cart, subscription(external_id="10", state="suspended", next_at=in_three_days))
    for _night in range(2):
        fire_dates(cart.tenant)
    assert len(runs(scenario)) == expected


def test_carts_can_be_chosen_and_are_named(cart: Cart) -> None:
    for name in TRIGGERS:
        kind = get_trigger_kind(name)
        assert list(kind.list_subjects()) == [(cart.public_id, "本店")]
        trigger = Trigger(kind=name, ref=cart.public_id, params={"days": -3})
        assert "本店" in kind.describe(trigger)
        assert "本店" not in kind.describe(Trigger(kind=name))


def test_links_of_order_mails_are_no_links_with_a_cart(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    linked, unlinked = listen(account, "linked"), listen(account, "unlinked")
    mails = get_or_add_mail_cart("さくら本店")
    (row,) = stored(mails, customer(5))
    member = known("090-1234-0005")
    link_members(mails, [(member.pk, row.pk)], matched_by="email")
    kind, trigger = get_trigger_kind("linked"), Trigger.objects.get(kind="linked")
    current = kind.find_current(trigger)
    missed = kind.find_missed(trigger, ago(hours=1))
    assert current is not None and missed is not None
    assert [found["member_id"] for found in current] == [buyer.pk]
    assert [found[0] for found in missed] == [buyer.pk]
    end_link(Link.objects.get(member=member))
    assert (runs(linked), runs(unlinked)) == ([], [])


def test_an_order_fills_in_the_mail_that_it_starts(
    cart: Cart, buyer: Member, account: LineAccount
) -> None:
    at = datetime(2026, 11, 30, 4, 5, tzinfo=UTC)
    lines = [
        Line("a", "化粧水", 1, 100),
        Line("b", "乳液", 2, 200),
        Line("a", "化粧水", 1, 100),
    ]
    keep(
        cart, order(number=7, name="山田 花子 様", lines=lines, at=at), order(number=8)
    )
    first, second = CartOrder.objects.order_by("number")
    with CaptureQueriesContext(connection) as captured:
        keys = [f"order:{first.pk}", f"shipped:{first.pk}", f"order:{second.pk}"]
        found = load_order_values([*keys, "tag:1"])
    assert len(captured) == 3
    values = {
        "order_name": "山田 花子",
        "order_number": "#7",
        "ordered_at": "2026年11月30日 13:05",
        "products": "化粧水、乳液",
    }
    assert found[f"order:{first.pk}"] == found[f"shipped:{first.pk}"] == values
    assert (found[f"order:{second.pk}"]["products"], len(found)) == ("", 3)
