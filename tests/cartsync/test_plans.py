"""Plans right after a first import, when the planner knows nothing of the tables yet."""

from typing import Any

import pytest
from django.db import connection

from cartsync.matching import verdicts
from cartsync.models import Cart
from members.models import Member
from tests.cartsync.conftest import customer, known, stored

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
        verdicts(cart, members)
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
