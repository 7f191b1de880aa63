"""A cart over real HTTP: the demo cart in a thread, small and filled by each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from cartsync.models import Cart
from sandbox.cart.state import Switches
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast
from tests.factories import DAY, customer, known, make_cart, stored

# Handed on to the tests of this room.
__all__ = ["DAY", "customer", "known", "make_cart", "stored"]


@pytest.fixture(scope="session")
def demo() -> Iterator[Sandbox]:
    with Sandbox(size=0) as running:
        yield running


@pytest.fixture
def shop(demo: Sandbox) -> Sandbox:
    """The demo cart, empty and well."""
    for rows in demo.cart.tables.values():
        rows.clear()
    demo.cart.switches = Switches()
    demo.cart.requests = 0
    return demo


@pytest.fixture
def cart(sakura: Tenant) -> Cart:
    return make_cart()


@pytest.fixture
def live(shop: Sandbox, cart: Cart) -> Cart:
    """The cart, pointed at the demo cart."""
    cart.settings["base_url"] = shop.cart_url
    cart.save()
    return cart


@pytest.fixture
def committed(transactional_db: None) -> Cast:
    """The cast for verbs that open their own transactions."""
    with transaction.atomic():
        return make_cast()


def in_shop(tenant: Tenant, read: Callable[[], Any]) -> Any:
    with open_tenant_scope(tenant), transaction.atomic():
        return read()
