"""Pages of rows stored: what belongs together is counted together, in few statements."""

from dataclasses import replace
from typing import Any

import pytest

from cartsync.connectors.base import Order, Resource
from cartsync.models import Cart, CartCustomer
from cartsync.sync.store import store_rows
from tests.cartsync.conftest import DAY, customer, stored

pytestmark = pytest.mark.django_db
ORDER = Order("1", "1", "D1", "sold", 1, 1000, DAY, DAY)


def read_counts() -> dict[str, tuple[int, int]]:
    rows = CartCustomer.objects.values_list("external_id", "order_count", "buy_total")
    return {number: (orders, total) for number, orders, total in rows}


def test_a_page_of_new_customers_is_one_statement(
    cart: Cart, django_assert_num_queries: Any
) -> None:
    rows = [customer(n, f"090-1234-{n:04}") for n in range(100)]
    with django_assert_num_queries(1):
        assert store_rows(cart, Resource.CUSTOMERS, rows) == 100


def test_orders_that_came_before_their_customer_count(cart: Cart) -> None:
    store_rows(cart, Resource.ORDERS, [ORDER, replace(ORDER, external_id="2")])
    stored(cart, customer(1), customer(2))
    assert read_counts() == {"1": (2, 2000), "2": (0, 0)}


def test_an_order_given_to_another_customer_counts_there_alone(cart: Cart) -> None:
    stored(cart, customer(1), customer(2))
    store_rows(cart, Resource.ORDERS, [ORDER])
    assert read_counts() == {"1": (1, 1000), "2": (0, 0)}
    moved = replace(ORDER, customer_external_id="2")
    store_rows(cart, Resource.ORDERS, [moved])
    assert read_counts() == {"1": (0, 0), "2": (1, 1000)}
