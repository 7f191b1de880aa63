"""Carts: storing customers beside reading and parsing them, deciding about links, changes, near misses.

``SCALE`` (1 = the full size) makes everything smaller, for a first look.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.carts.staging import SCALE, count, make_cart, report, scope
from bench.stage import Table, fill, median_seconds, owner, shop

PEOPLE = int(1_000_000 * SCALE)
UNLINKED = int(50_000 * SCALE)
CHANGES = 1_000
PER = 100
# Subscriber numbers of mobiles begin at 1: others would be numbers that nobody has, and read by a slower way.
FIRST = 10_000_000
FLOOR = """
SELECT count(*) FROM members_member m JOIN cartsync_cartcustomer c ON c.phone_e164 = m.phone_e164
WHERE m.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND m.phone_e164 <> ''
"""


def run(table: Table) -> None:
    number = fill_shop()
    with scope(number):
        compare_deciding(table, number)
        compare_storing(table)
        compare_changes(table)
        compare_near_misses(table)


# ---------------------------------------------------------------- the rows
def fill_shop() -> int:
    """Make as many members as customers, of whom 19 of 20 have the phone of one; the rest are a digit off."""
    from cartsync.models import CartCustomer
    from members.models import Member

    tenant = shop(f"linking{PEOPLE}")
    cart = make_cart(tenant)
    if count(CartCustomer, tenant):
        return int(tenant.pk)
    own = {"tenant_id": str(tenant.pk), "cart_id": str(cart)}
    fill(
        CartCustomer,
        PEOPLE,
        **own,
        external_id="n::text",
        number="'C' || n",
        name_key="'会員' || n % 1000",
        phone_e164=f"'+8190' || {FIRST} + n * 7",
        state="'member'",
        addresses="'[]'",
    )
    slip = f"CASE WHEN n > {PEOPLE - UNLINKED} THEN 3 ELSE 0 END"
    fill(
        Member,
        PEOPLE,
        tenant_id=str(tenant.pk),
        public_id="lpad(n::text, 12, 'l')",
        name_key="'会員' || n % 1000",
        phone_e164=f"'+8190' || {FIRST} + n * 7 + {slip}",
        answered_at="now()",
        known_at="now()",
        line_state="'friend'",
        link_state="'known'",
    )
    return int(tenant.pk)


def load_cart(name: str = "bench") -> Any:
    from django.db import transaction

    from cartsync.models import Cart

    carts = Cart.objects.select_related("linked_tag", "tenant")
    with transaction.atomic():
        Cart.objects.get_or_create(name=name, defaults={"kind": "ecforce"})
        return carts.get(name=name)


# ---------------------------------------------------------------- deciding
def compare_deciding(table: Table, number: int) -> None:
    ours = median_seconds(decide_all, 1)
    floor = median_seconds(partial(join_all, number), 1)
    report(table, f"{PEOPLE:,} × {PEOPLE:,} decided in one pass", ours, floor)
    assert ours <= 20, ours


def decide_all() -> None:
    from django.db import transaction

    from cartsync.matching.match import decide_matches

    cart = load_cart()
    with transaction.atomic():
        unique = sum(found.is_unique for found in decide_matches(cart))
    assert unique == PEOPLE - UNLINKED, unique


def join_all(number: int) -> None:
    with owner() as db:
        row = db.execute(FLOOR, {"tenant": number}).fetchone()
        assert row and row[0] == PEOPLE - UNLINKED, row


# ---------------------------------------------------------------- storing
def compare_storing(table: Table) -> None:
    """Read, parse and store all customers, page by page, beside reading and parsing alone."""
    pages = PEOPLE // PER
    read = measure(lambda: [parse_page(n) for n in range(pages)])
    cart = load_cart("storing")
    with owner() as db:  # a run before this one left them
        values = [cart.tenant_id, cart.pk]
        db.execute(
            "DELETE FROM cartsync_cartcustomer WHERE tenant_id = %s AND cart_id = %s",
            values,
        )

    def store_all() -> None:
        for page in range(pages):
            store_one(cart, page)

    stored = measure(store_all)
    report(table, f"{PEOPLE:,} customers read, parsed and stored", stored, read)
    assert stored <= 3 * read, (stored, read)


def build_answer(page: int) -> bytes:
    rows = [
        {
            "id": str(n),
            "type": "customer",
            "attributes": {
                "number": f"C{n}",
                "email": f"user{n}@example.jp",
                "state": "member",
                "updated_at": "2026/11/20 10:00:00",
                "point": 10,
            },
            "relationships": {
                "billing_address": {"data": {"id": str(n), "type": "address"}}
            },
        }
        for n in range(page * PER + 1, (page + 1) * PER + 1)
    ]
    addresses = [
        {
            "id": row["id"],
            "type": "address",
            "attributes": {
                "name01": "佐藤",
                "name02": "花子",
                "full_tel": f"090{FIRST + int(str(row['id'])) * 7}",
            },
        }
        for row in rows
    ]
    return json.dumps({"data": rows, "included": addresses}).encode()


def parse_page(page: int) -> list[Any]:
    from cartsync.connectors.ecforce_rows import parse_customers

    return list(parse_customers(json.loads(build_answer(page))))


def store_one(cart: Any, page: int) -> None:
    from django.db import transaction

    from cartsync.connectors.base import Resource
    from cartsync.sync.store import store_rows
    from members.db import skip_disk_wait

    with transaction.atomic():
        skip_disk_wait()
        store_rows(cart, Resource.CUSTOMERS, parse_page(page))


def compare_changes(table: Table) -> None:
    """Store 1,000 changed customers beside the others; their members are decided about at the end of the run."""
    from django.db import transaction
    from django.utils import timezone

    from cartsync.connectors.base import Customer, Resource
    from cartsync.sync.store import store_rows

    cart = load_cart()

    def change() -> None:
        at = timezone.now()
        first = PEOPLE - UNLINKED + 1
        rows = [
            Customer(str(n), f"C{n}", "会員", "", f"090{FIRST + n * 7}", "member", at)
            for n in range(first, first + CHANGES)
        ]
        with transaction.atomic():
            assert store_rows(cart, Resource.CUSTOMERS, rows) == CHANGES

    seconds = median_seconds(change, 3)
    report(table, f"{CHANGES:,} changed customers stored and counted", seconds)
    assert seconds <= 0.1, seconds


def compare_near_misses(table: Table) -> None:
    from django.db import transaction

    from cartsync.matching.near_misses import find_near_misses
    from members.models import Member

    cart = load_cart()
    with transaction.atomic():
        members = list(Member.objects.order_by("-pk")[:UNLINKED])

    def look() -> None:
        found = 0
        for start in range(0, len(members), 500):
            with transaction.atomic():
                found += len(find_near_misses(cart, members[start : start + 500]))
        assert found > UNLINKED // 3, found

    seconds = median_seconds(look, 1)
    report(table, f"near misses of {UNLINKED:,} unlinked", seconds)
    assert seconds <= 30, seconds


def measure(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started
