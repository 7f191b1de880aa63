"""Plans during and right after a first import, when the planner knows nothing of the tables, or of the shop, yet."""

from typing import Any

import pytest
from django.db import connection

from cartsync.matching.match import decide_matches, match_members
from cartsync.models import Cart, CartOrder
from cartsync.sync.poll import poll_cart
from cartsync.sync.recount import RECOUNT
from members.models import Member
from sandbox.serving import Sandbox
from tenants.scope import open_tenant_scope
from tests.cartsync.conftest import customer, known, make_cart, stored
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def plans_of(cart: Cart, members: list[int] | None) -> list[str]:
    """The plan of each matching statement, asked for just before it runs."""
    found = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "WITH asked" in sql and "EXPLAIN" not in sql:
            with context["connection"].cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                found.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        decide_matches(cart, members)
    return found


def test_a_whole_shop_is_joined_as_sets(cart: Cart) -> None:
    stored(cart, *(customer(n, f"090-{n:04}-{n:04}") for n in range(1000, 1200)))
    for n in range(1000, 1200):
        known(f"090-{n:04}-{n:04}")
    (plan,) = plans_of(cart, None)
    assert "Nested Loop" not in plan
    assert "Hash" in plan
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)


def test_one_member_is_found_by_index(cart: Cart) -> None:
    stored(cart, customer(1, "090-1234-5678"))
    one = known("090-1234-5678")
    (plan,) = plans_of(cart, [one.pk])
    assert "Index" in plan
    assert Member.objects.count() == 1


MANY = """
INSERT INTO cartsync_cartorder
    (tenant_id, cart_id, external_id, customer_external_id, number, state, times, total, ordered_at, changed_at,
    word)
SELECT %s, %s, n, n / 4, n, 'sold', 0, 1000, now(), now(), '' FROM generate_series(1, 20000) n
"""


def recount_of(cart: Cart) -> str:
    with connection.cursor() as cursor:
        values = {
            "tenant": cart.tenant_id,
            "cart": cart.pk,
            "ids": [str(n) for n in range(100)],
        }
        cursor.execute(f"EXPLAIN {RECOUNT}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_second_shops_first_orders_are_counted_by_customer(
    cast: Cast, shop: Sandbox
) -> None:
    """The planner knows the first shop with its 20,000 orders, and takes the second for a shop without any."""
    with open_tenant_scope(cast.momiji), connection.cursor() as cursor:
        other = make_cart()
        cursor.execute(MANY, [other.tenant_id, other.pk])
        cursor.execute("ANALYZE cartsync_cartorder")
    row = shop.cart.add_customer({"name": "佐藤 花子", "full_tel": "090-1234-5678"})
    for _ in range(150):
        shop.cart.add_order(row["id"])
    with open_tenant_scope(cast.sakura):
        cart = make_cart(base_url=shop.cart_url)
        assert "cartorder_customer" not in recount_of(cart)
        poll_cart(cart.tenant, cart.pk)
        assert CartOrder.objects.count() == 150
        plan = recount_of(cart)
    assert "cartorder_customer" in plan
    assert "cartorder_once" not in plan


def test_the_states_of_many_new_links_are_found_at_once(cart: Cart) -> None:
    """Links that came in just now are unknown to the planner: 19,000 of them were looked through 19,000 times."""
    stored(cart, *(customer(n, f"090-{n:04}-{n:04}") for n in range(1000, 1050)))
    for n in range(1000, 1050):
        known(f"090-{n:04}-{n:04}")
    plans, others = [], []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "EXPLAIN" not in sql and "::bigint[]" in sql:
            with context["connection"].cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                kept = plans if "cart_state =" in sql else others
                kept.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert len(match_members(cart)) == 50
    (plan,) = plans
    assert "SubPlan" not in plan
    # Named on the members as well, the array was gone through for each: 380,000 links took two minutes more.
    first = Member.objects.order_by("pk").values_list("pk", flat=True)[0]
    assert plan.count(f"'{{{first},") == 1
    # A bigint is looked for in integer[] without a hash: 100,000 of them took 30 s.
    assert [text for text in (plan, *others) if "::integer[]" in text] == []
    assert len(others) >= 2  # linking, and the states of the rest
    states = Member.objects.values_list("link_state", "cart_state").distinct()
    assert list(states) == [("linked", "member")]
