"""Real engines, the serving role, and the cast: shop sakura with Aiko (owner), Ed (staff) and Vic (viewer); shop momiji
with Oscar, its owner and everywhere else the stranger."""

import fcntl
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase

from config.engines.embedded import OWNER
from operators.models import Operator, Seat
from sandbox.serving import Sandbox
from scripts.durations import estimate, read_durations, write_durations
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests import emptying

PASSWORD = "correct horse battery"
# Later than any moment that a test travels to.
CONFIRMED_AT = 5_000_000_000
# A busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_configure(config: pytest.Config) -> None:
    from config.engines.hold import hold_engines

    hold_engines()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # Two processes test at once: each has its database by the plugin, and a Valkey database of its own by this.
        settings.REDIS_URL = f"{settings.REDIS_URL}?db={int(worker[2:]) + 1}"
        settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that the processes end together."""
    known = read_durations()
    root = settings.BASE_DIR
    seconds = {
        path: estimate(str(path.relative_to(root)), known)
        for path in {item.path for item in items}
    }
    items.sort(key=lambda item: (-seconds[item.path], str(item.path)))


MEASURED: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    MEASURED[report.nodeid.partition("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("RECORD_DURATIONS") and not os.environ.get("PYTEST_XDIST_WORKER"):
        write_durations(MEASURED)


def become(role: str) -> None:
    connection.close()
    connection.settings_dict["USER"] = role


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: Any,
) -> None:
    become(OWNER)
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = make_template(digest_of_tables())


def digest_of_tables() -> str:
    """Return a hash of every file that has a say in what a migrated database is like."""
    root = settings.BASE_DIR
    patterns = (
        "*/migrations/*.py", "*/sql/*.sql", "*/models.py", "*/models/*.py", "*/apps.py", "tenants/**/*.py",
        "requirements/app.txt",
    )  # fmt: skip
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def make_template(digest: str) -> str:
    """Make a migrated database that all processes copy, also those of later runs while nothing of it has changed.

    The first who needs it makes it, the others wait.
    """
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
        if cursor.fetchone() != (digest,):
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
            before, there["NAME"] = there["NAME"], name
            call_command("migrate", verbosity=0)
            connection.close()
            there["NAME"] = before
            cursor.execute(f"COMMENT ON DATABASE {name} IS '{digest}'")
    return name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The owner created and migrated the database; the tests run as the role that serves, and wait for no disk."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off"
        )
        LASTING.update(emptying.find_lasting())
    become(settings.APP_ROLE)
    yield
    become(OWNER)


LASTING: set[str] = set()


def empty_tables(_case: object = None) -> None:
    if not emptying.empty(LASTING):
        become(OWNER)
        emptying.flush()
        become(settings.APP_ROLE)


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[method-assign, assignment]


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
            # Vic sees in clear; tests of masking take that from whom they ask.
            rights = {"personal": True} if role == Seat.Role.VIEWER else {}
            Seat.objects.create(operator=person, role=role, rights=rights)
    return Cast(*shops, *people)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sakura(cast: Cast) -> Iterator[Tenant]:
    """The shop, with its scope open for the test's own reads and writes."""
    with open_tenant_scope(cast.sakura):
        yield cast.sakura


def client_for(operator: Operator, confirmed: bool = True) -> Client:
    """A browser in which the operator is logged in and, unless told otherwise, has just shown who they are."""
    client = Client()
    client.force_login(operator)
    if confirmed:
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": CONFIRMED_AT, "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(operator.pk)
        session.save()
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
