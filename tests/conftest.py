"""Real engines, the serving role, and the cast: shop sakura with Aiko (owner), Ed (staff) and Vic (viewer); shop momiji
with Oscar, its owner and everywhere else the stranger."""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase

from config.embedded import OWNER
from operators.models import Operator, Seat
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope

PASSWORD = "correct horse battery"
# A busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_configure(config: pytest.Config) -> None:
    from config.holding import hold_engines

    hold_engines()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # Two processes test at once: each has its database by the plugin, and a Valkey database of its own by this.
        settings.REDIS_URL = f"{settings.REDIS_URL}?db={int(worker[2:]) + 1}"
        settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL


def become(role: str) -> None:
    connection.close()
    connection.settings_dict["USER"] = role


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: Any,
    testrun_uid: str,
) -> None:
    become(OWNER)
    if "PYTEST_XDIST_WORKER" in os.environ:
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = template_of(testrun_uid)


def template_of(run: str) -> str:
    """A migrated database that all processes of this run copy: the first of them makes it, the others wait."""
    name, there = "test_template", connection.settings_dict
    settings.VAR.mkdir(parents=True, exist_ok=True)
    with (
        (settings.VAR / "template.lock").open("w") as lock,
        connection._nodb_cursor() as cursor,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        if cursor.fetchone() != (run,):
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
            before, there["NAME"] = there["NAME"], name
            call_command("migrate", verbosity=0)
            connection.close()
            there["NAME"] = before
            cursor.execute(f"COMMENT ON DATABASE {name} IS '{run}'")
    return name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The owner created and migrated the database; the tests run as the role that serves, and wait for no disk."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off"
        )
    become(settings.APP_ROLE)
    yield
    become(OWNER)


_flush = TransactionTestCase._fixture_teardown


def _flush_as_owner(self: Any) -> None:
    become(OWNER)
    _flush(self)
    become(settings.APP_ROLE)


TransactionTestCase._fixture_teardown = _flush_as_owner  # type: ignore[method-assign]


def empty_tables() -> None:
    become(OWNER)
    call_command("flush", verbosity=0, interactive=False)
    become(settings.APP_ROLE)


@dataclass
class Cast:
    sakura: Tenant
    momiji: Tenant
    aiko: Operator
    ed: Operator
    vic: Operator
    oscar: Operator


def make_cast() -> Cast:
    shops = [
        Tenant.objects.create(slug=slug, name=name)
        for slug, name in (("sakura", "さくら商店"), ("momiji", "もみじ堂"))
    ]
    people = [
        Operator.objects.create_operator(
            login_id, PASSWORD, name=name, email=f"{login_id}@example.jp"
        )
        for login_id, name in (
            ("aiko", "店長 愛子"),
            ("ed", "江戸 次郎"),
            ("vic", "閲覧 美紀"),
            ("oscar", "他店 修"),
        )
    ]
    seats = (Seat.Role.OWNER, Seat.Role.STAFF, Seat.Role.VIEWER, Seat.Role.OWNER)
    for shop, person, role in zip(
        (shops[0], shops[0], shops[0], shops[1]), people, seats, strict=True
    ):
        with open_tenant_scope(shop):
            Seat.objects.create(operator=person, role=role)
    return Cast(*shops, *people)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sakura(cast: Cast) -> Iterator[Tenant]:
    """The shop, with its scope open for the test's own reads and writes."""
    with open_tenant_scope(cast.sakura):
        yield cast.sakura


def client_for(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def aiko(cast: Cast) -> Client:
    return client_for(cast.aiko)


@pytest.fixture
def ed(cast: Cast) -> Client:
    return client_for(cast.ed)


@pytest.fixture
def vic(cast: Cast) -> Client:
    return client_for(cast.vic)


@pytest.fixture
def oscar(cast: Cast) -> Client:
    return client_for(cast.oscar)


@pytest.fixture(scope="session")
def sandbox_servers() -> Iterator[Sandbox]:
    with Sandbox(size=60) as servers:
        yield servers


@pytest.fixture
def sandbox(sandbox_servers: Sandbox, settings: Any) -> Sandbox:
    """LINE's simulator and the demo cart, over real HTTP, with the settings pointing at them. They live as long as the
    session: give each test its own channel, or forget what the last one left."""
    settings.LINE_API_URL = sandbox_servers.line_url
    settings.LIFF_URL = f"{sandbox_servers.line_url}/liff"
    settings.LIFF_SDK_URL = f"{sandbox_servers.line_url}/liff/sdk.js"
    return sandbox_servers
