"""Every URL of the console, found in the resolver, asked for by everybody.

A stranger gets the 404 of a page that is not, whether it is the shop or the row that is not theirs.
"""

import copy
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from cartsync.orders.ready_scenarios import READY
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, client_for, make_cast
from tests.walls.pageless import PAGELESS
from tests.walls.world import World, make_world, tenant_models

# Placeholders that name no row of a shop: what stands there is the same in all of them.
SHARED = {"guide": "line", "key": READY[0].key}


@dataclass(frozen=True)
class Address:
    """One URL pattern of the console: its route with %-less placeholders, its names, the view's right and its place."""

    route: str
    converters: tuple[str, ...]
    right: str
    place: str = ""

    def path(self, shop: Tenant, values: tuple[object, ...]) -> str:
        route = self.route
        for value in values:
            before, _, after = route.partition("<")
            route = before + str(value) + after.partition(">")[2]
        return f"/t/{shop.slug}/{route}"


def takes_posts(view: Any) -> bool:
    """Return whether no decorator limits the view to reading."""
    while view:
        methods = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if methods:
            return "POST" in methods
        view = getattr(view, "__wrapped__", None)
    return True


def addresses(urlconf: str) -> Iterator[tuple[str, URLPattern]]:
    def walk(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route, pattern

    yield from walk(get_resolver(urlconf).url_patterns, "")


def address_of(route: str, pattern: URLPattern) -> Address:
    view = pattern.callback
    names = tuple(part.partition(">")[0] for part in route.split("<")[1:])
    return Address(
        route, names, getattr(view, "right", ""), f"{view.__module__}.{view.__name__}"
    )


CONSOLE = [
    address_of(route, pattern) for route, pattern in addresses("config.urls_console")
]


@dataclass
class Shops:
    cast: Cast
    ours: World
    theirs: World
    made: datetime


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shops]:
    """Made once for all tests of a module, which take back what they change."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        yield Shops(
            cast,
            make_world(cast.sakura, cast.aiko),
            make_world(cast.momiji, cast.oscar),
            timezone.now(),
        )
        transaction.set_rollback(True)


@pytest.fixture
def shops(worlds: Shops, db: None) -> Iterator[Shops]:
    """In the minute they were made, however long a busy machine takes: a GET has nothing to count anew."""
    with time_machine.travel(worlds.made, tick=False):
        yield copy.deepcopy(worlds)


def digest(shop: Tenant) -> dict[str, str]:
    """What the shop's rows of each table are, in one word a table."""
    tables = {model._meta.db_table: model.__name__ for model in tenant_models()}
    rows = "SELECT {0!r}, md5(string_agg(t::text, '\n' ORDER BY t::text)) FROM {0} t"
    with open_tenant_scope(shop), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(rows.format, tables)))
        return {tables[table]: word for table, word in cursor.fetchall()}


def candidates(address: Address, world: World) -> Iterator[tuple[object, ...]]:
    """Values for the placeholders that might name rows of the world: every public id, or every key. Those come first
    whose app and name the view has in its own."""

    def distance(row: Model) -> tuple[bool, bool]:
        return (
            row._meta.app_label not in address.place,
            row._meta.model_name not in address.place,
        )

    kinds, nearest = [], sorted(world.values(), key=distance)
    for converter in address.converters:
        name = converter.rpartition(":")[2]
        if name in SHARED:
            kinds.append([SHARED[name]])
            continue
        rows = [
            row
            for row in nearest
            if hasattr(row, name) or name.endswith(("pk", "_id", "number"))
        ]
        values = [
            getattr(row, name, None)
            or (row.pk if not isinstance(row.pk, tuple) else None)
            for row in rows
        ]
        kinds.append(list(dict.fromkeys(value for value in values if value)))
    yield from itertools.product(*kinds)


# What was found below the start of a route in the world of a module; it is asked first at what stands below it too.
EXAMPLES: dict[tuple[Address, datetime], tuple[object, ...]] = {}
NEIGHBOURS: dict[tuple[str, datetime], tuple[object, ...]] = {}


def example(address: Address, shops: Shops, client: Client) -> tuple[object, ...]:
    """The values under which the owner of the shop finds the page."""
    if not address.converters:
        return ()
    if known := EXAMPLES.get((address, shops.made)):
        return known
    start = (address.route.rpartition(">")[0], shops.made)
    likely = [NEIGHBOURS[start]] if start in NEIGHBOURS else []
    for values in itertools.chain(likely, candidates(address, shops.ours)):
        if found(client, address.path(shops.cast.sakura, values)):
            EXAMPLES[address, shops.made] = NEIGHBOURS[start] = values
            return values
    raise AssertionError(
        f"No row of the world is found at {address.route}; name the placeholder after a field."
    )


def found(client: Client, path: str) -> bool:
    """Asked by GET or, where that is not allowed, by a POST that is taken back."""
    status = client.get(path).status_code
    if status == 405:
        with transaction.atomic():
            status = client.post(path, {}).status_code
            transaction.set_rollback(True)
    return status not in (404, 500)


def answers(client: Client, path: str) -> list[HttpResponse]:
    return [client.get(path), client.post(path, {})]


@pytest.mark.parametrize(
    "address", CONSOLE, ids=lambda address: address.route or "start"
)
def test_who_may_ask(address: Address, shops: Shops) -> None:
    cast = shops.cast
    aiko, vic, oscar = (
        client_for(person) for person in (cast.aiko, cast.vic, cast.oscar)
    )
    assert address.right, "the view says no right"
    values = example(address, shops, aiko)
    path = address.path(cast.sakura, values)

    for answer in answers(Client(), path):
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"/login/?next={path}",
        )
    assert [answer.status_code for answer in answers(oscar, path)] == [404, 404]
    if values and not set(values) <= set(SHARED.values()):
        theirs = address.path(cast.momiji, values)
        assert [answer.status_code for answer in answers(oscar, theirs)] in (
            [404, 404],
            [404, 405],
            [405, 404],
        )
    if address.right != "view":
        assert [answer.status_code for answer in answers(vic, path)] == [403, 403]

    before = digest(cast.momiji), digest(cast.sakura)
    seen = aiko.get(path)
    assert seen.status_code in (200, 302, 405)
    assert (digest(cast.momiji), digest(cast.sakura)) == before, (
        "a GET changed something"
    )
    assert aiko.post(path, {}).status_code in (200, 302, 303, 405, 422)
    assert digest(cast.momiji) == before[0]
    if address.route in PAGELESS:
        assert b"<html" not in seen.getvalue(), "it has a page after all"
    if seen.status_code == 200:
        assert seen.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in seen.headers["Content-Security-Policy"]


def test_what_has_no_page_is_an_address() -> None:
    assert PAGELESS - {address.route for address in CONSOLE} == set()


def test_every_view_says_who_may_see_it() -> None:
    console = {
        route
        for route, p in addresses("config.urls_console")
        if not hasattr(p.callback, "right")
    }
    public = {
        route
        for route, p in addresses("config.urls_public")
        if not getattr(p.callback, "is_public", False)
    }
    assert (console, public) == (set(), set())
