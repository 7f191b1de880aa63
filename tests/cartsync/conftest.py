"""A cart over real HTTP: the demo cart in a thread, small and filled by each test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from cartsync.connectors.base import Customer, Resource
from cartsync.models import Cart, CartCustomer
from cartsync.sync.store import store_rows
from members.models import Member
from members.normalize.keys import normalize_email, normalize_phone
from members.tags.names import get_or_create_tag
from sandbox.cart.state import Switches
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast

DAY = datetime(2026, 11, 20, tzinfo=UTC)


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


def make_cart(**values: Any) -> Cart:
    values = {
        "name": "本店",
        "match_key": "phone",
        "frequency": 60,
        **values,
    }
    address = values.pop("base_url", "http://127.0.0.1:9")
    return Cart.objects.create(
        kind="ecforce",
        settings={"base_url": address, "token": "demo-token"},
        linked_tag=get_or_create_tag("連携済み"),
        **values,
    )


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


def known(phone: str = "", email: str = "", **values: Any) -> Member:
    """A member who can be matched."""
    return Member.objects.create(
        phone=phone,
        phone_e164=normalize_phone(phone),
        email=email,
        email_key=normalize_email(email),
        known_at=DAY,
        known_by="form",
        answered_at=DAY,
        link_state="known",
        **values,
    )


def customer(
    number: int,
    phone: str = "",
    email: str = "",
    version: int = 0,
    state: str = "member",
) -> Customer:
    return Customer(
        str(number),
        f"C{number}",
        "佐藤 花子",
        email,
        phone,
        state,
        DAY + timedelta(minutes=version),
    )


def stored(cart: Cart, *rows: Customer) -> list[CartCustomer]:
    store_rows(cart, Resource.CUSTOMERS, rows)
    ids = [row.external_id for row in rows]
    return sorted(
        cart.customers.filter(external_id__in=ids),
        key=lambda row: ids.index(row.external_id),
    )


def in_shop(tenant: Tenant, read: Callable[[], Any]) -> Any:
    with open_tenant_scope(tenant), transaction.atomic():
        return read()
