"""Updates in any order, again and again, with crashes: the highest version stays, and each thing tags once.

A link tags once; the tag by a count comes once each time that the count begins to hold.
"""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cartsync.connectors.base import Order, Resource, Subscription
from cartsync.events import CartEvent
from cartsync.matching.match import match_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, CartCustomer, CartOrder, CartSubscription, Link
from cartsync.sync.store import store_rows
from cartsync.tag_rules import add_rule, apply_rules
from members.models import MemberTag, Tag, TagBatch
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.cartsync.conftest import DAY, customer, known, make_cart

PHONES = ["", "090-1234-0001", "090-1234-0002"]
numbers, versions, phones = (
    st.integers(1, 3),
    st.integers(0, 6),
    st.sampled_from(PHONES),
)


class SentOrder(NamedTuple):
    version: int
    state: str
    of: int
    shipped: bool


class Crash(Exception):
    pass


def expect_kinds(before: str | None, now: str) -> list[str]:
    """Return what a subscription's change from one state to another tells."""
    if before == now or (before is None and now != "active"):
        return []
    if now == "active":
        return ["subscription_started"] if before is None else []
    return [
        {"suspended": "subscription_paused", "cancelled": "subscription_cancelled"}[now]
    ]


class Versions(RuleBasedStateMachine):
    """The model: for each customer and order the newest version sent; within one version the last one sent."""

    @initialize()
    def begin(self) -> None:
        self.point = transaction.atomic()
        self.point.__enter__()
        self.cart = make_cart()
        self.members = [known(phone) for phone in PHONES[1:]]
        self.customers: dict[str, tuple[int, str]] = {}
        self.orders: dict[str, SentOrder] = {}
        self.links = 0
        tag = get_or_create_tag("購入済み")
        self.rule = add_rule(
            self.cart, measure="buy_times", op="gte", value="1", takes_off=True, tag=tag
        )
        self.holding: set[int] = set()  # the members who have the tag by the count
        self.began = 0  # how often somebody began to
        self.subscriptions: dict[str, tuple[int, str]] = {}
        self.fired: list[tuple[str, str]] = []
        Cart.objects.update(read_until=DAY, news_from=DAY)
        self.cart.refresh_from_db()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("cartsync.events.fire_cart_events", self.note_events)

    def note_events(self, cart: Cart, events: list[CartEvent]) -> int:
        self.fired += [(event.kind, event.key) for event in events]
        return 0

    def teardown(self) -> None:
        self.patch.undo()
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @rule(
        rows=st.lists(st.tuples(numbers, versions, phones), min_size=1, max_size=4),
        crash=st.booleans(),
    )
    def send_customers(self, rows: list[tuple[int, int, str]], crash: bool) -> None:
        newest: dict[int, tuple[int, str]] = {}
        for number, version, phone in rows:
            if version >= newest.get(number, (-1, ""))[0]:
                newest[number] = (version, phone)
        try:
            with transaction.atomic():
                store_rows(
                    self.cart,
                    Resource.CUSTOMERS,
                    [customer(n, phone, version=v) for n, v, phone in rows],
                )
                if crash:
                    raise Crash
        except Crash:
            return
        for number, (version, phone) in newest.items():
            if version >= self.customers.get(str(number), (-1, ""))[0]:
                self.customers[str(number)] = (version, phone)

    @rule(
        number=numbers,
        of=numbers,
        version=versions,
        state=st.sampled_from(["sold", "pending", "cancelled"]),
        shipped=st.booleans(),
        crash=st.booleans(),
    )
    def send_order(
        self,
        number: int,
        of: int,
        version: int,
        state: str,
        shipped: bool,
        crash: bool,
    ) -> None:
        """Send a version, perhaps of another customer by now; each thing that happens is told once."""
        at = DAY + timedelta(minutes=version)
        order = Order(
            str(number),
            str(of),
            f"D{number}",
            state,
            1,
            1000,
            DAY,
            at,
            shipped_at=at if shipped else None,
        )
        before = len(self.fired)
        try:
            with transaction.atomic():
                store_rows(self.cart, Resource.ORDERS, [order])
                if crash:
                    raise Crash
        except Crash:
            del self.fired[before:]
            return
        told = self.fired[before:]
        old = self.orders.get(str(number))
        new = SentOrder(version, state, of, shipped)
        if old and (version < old.version or new == old):
            assert told == []
            return
        self.orders[str(number)] = new
        alive = state != "cancelled"
        kinds = ["order"] * (alive and not old)
        kinds += ["shipped"] * (alive and shipped and not (old and old.shipped))
        assert [kind for kind, _key in told] == kinds

    @rule(
        number=numbers,
        version=versions,
        state=st.sampled_from(["active", "suspended", "cancelled"]),
        crash=st.booleans(),
    )
    def send_subscription(
        self, number: int, version: int, state: str, crash: bool
    ) -> None:
        """Send a version again, an older one, or a newer one; it is stored whole or, killed half way, not at all."""
        at = DAY + timedelta(minutes=version)
        row = Subscription(str(number), "1", "青汁", state, 1, None, at)
        before = len(self.fired)
        try:
            with transaction.atomic():
                store_rows(self.cart, Resource.SUBSCRIPTIONS, [row])
                if crash:
                    raise Crash
        except Crash:
            del self.fired[before:]
            return
        old = self.subscriptions.get(str(number))
        if old and (version < old[0] or (version, state) == old):
            assert self.fired[before:] == []
            return
        self.subscriptions[str(number)] = (version, state)
        kinds = [kind for kind, _key in self.fired[before:]]
        assert kinds == expect_kinds(old and old[1], state)

    @rule(number=numbers, version=versions, crash=st.booleans())
    def delete_customer(self, number: int, version: int, crash: bool) -> None:
        """The cart says that the customer left; who was linked stays so until a person decides."""
        try:
            with transaction.atomic():
                gone = customer(number, "", version=version, state="left")
                store_rows(self.cart, Resource.CUSTOMERS, [gone])
                if crash:
                    raise Crash
        except Crash:
            return
        if version >= self.customers.get(str(number), (-1, ""))[0]:
            self.customers[str(number)] = (version, "")

    @rule()
    def match(self) -> None:
        self.links += len(match_members(self.cart))

    @rule(which=st.integers(0, 1))
    def end(self, which: int) -> None:
        for link in Link.objects.current().filter(member=self.members[which]):
            end_link(link)
            self.holding.discard(link.member_id)

    @rule(crash=st.booleans())
    def tag_by_count(self, crash: bool) -> None:
        """Apply the rule of the cart, as each poll does at its end."""
        try:
            with transaction.atomic():
                apply_rules(self.cart)
                if crash:
                    raise Crash
        except Crash:
            return
        buyers = {str(one.of) for one in self.orders.values() if one.state == "sold"}
        links = Link.objects.current().filter(customer__external_id__in=buyers)
        fitting = set(links.values_list("member_id", flat=True))
        self.began += len(fitting - self.holding)
        self.holding = fitting

    @invariant()
    def the_highest_version_stays(self) -> None:
        if not hasattr(self, "cart"):
            return
        kept = {
            row.external_id: (row.changed_at, row.phone)
            for row in CartCustomer.objects.all()
        }
        assert kept == {
            n: (DAY + timedelta(minutes=v), phone)
            for n, (v, phone) in self.customers.items()
        }
        states = dict(CartOrder.objects.values_list("external_id", "state"))
        assert states == {number: sent.state for number, sent in self.orders.items()}

    @invariant()
    def the_newest_state_of_a_subscription_stays(self) -> None:
        if not hasattr(self, "cart"):
            return
        states = dict(CartSubscription.objects.values_list("external_id", "state"))
        assert states == {n: state for n, (_v, state) in self.subscriptions.items()}

    @invariant()
    def counts_follow_the_orders(self) -> None:
        for row in CartCustomer.objects.all() if hasattr(self, "cart") else ():
            own = [
                sent.state
                for sent in self.orders.values()
                if str(sent.of) == row.external_id
            ]
            sold = own.count("sold")
            assert (row.order_count, row.buy_times, row.buy_total) == (
                len(own),
                sold,
                1000 * sold,
            )

    @invariant()
    def one_link_tags_once(self) -> None:
        if not hasattr(self, "cart"):
            return
        assert count_taggings(self.cart.linked_tag) == self.links
        assert self.links == Link.objects.count()
        pairs = list(Link.objects.values_list("member_id", "customer_id"))
        assert len(pairs) == len(set(pairs)), "an ended pair never comes back by itself"

    @invariant()
    def a_count_tags_once_each_time_it_begins_to_hold(self) -> None:
        if not hasattr(self, "cart"):
            return
        assert count_taggings(self.rule.tag) == self.began
        tagged = MemberTag.objects.filter(tag=self.rule.tag)
        assert set(tagged.values_list("member_id", flat=True)) == self.holding


def count_taggings(tag: Tag) -> int:
    """Return how often somebody newly got the tag."""
    added = TagBatch.objects.filter(action="add", tag=tag)
    return sum(added.values_list("count", flat=True))


@pytest.mark.django_db
def test_versions(sakura: Tenant) -> None:
    quick = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Versions, settings=quick)
