"""Two shops, eight threads that serve both by turns over two connections, and errors in the middle of requests: no
answer says anything of the other shop, and no link leads there."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from queue import Queue
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    connection,
    connections,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import Http404
from django.test import RequestFactory

from forms_builder.models import Form
from members.listing.list_filter import ListFilter
from members.models import Member
from messaging.models import LineAccount
from operators.models import AuditEntry, Operator
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id_or_none, open_tenant_scope
from tests.conftest import client_for, make_cast

THREADS, CONNECTIONS, ROUNDS = 8, 2, 24


Lender = Callable[[], AbstractContextManager[None]]


@dataclass
class Side:
    """One shop as its own people see it: ``canary`` stands on its pages, and nowhere else."""

    tenant: Tenant
    cookie: str
    canary: str
    form: str

    def paths(self) -> list[str]:
        slug = self.tenant.slug
        return [
            f"/t/{slug}/members/",
            f"/t/{slug}/members/",
            f"/p/{slug}/f/{self.form}/",
            "/shops/",
            f"/t/{slug}/",
        ]


def make_side(tenant: Tenant, operator: Operator) -> Side:
    canary = f"canary-{tenant.slug}"
    cookie = client_for(operator).cookies["sessionid"].value
    with open_tenant_scope(tenant), transaction.atomic():
        Member.objects.bulk_create([Member(name=f"{canary} {n}") for n in range(3)])
        account = LineAccount.objects.create(
            name=canary,
            channel_id="1",
            channel_secret="s",
            login_channel_id="2",
            liff_id="3-a",
        )
        form = Form.objects.create(account=account, name=canary, title=canary)
    return Side(tenant, cookie, canary, form.public_id)


def divide_by_zero() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def swallow_it() -> None:
    try:
        with transaction.atomic():
            divide_by_zero()
    except DatabaseError:
        pass


def hang_up() -> None:
    connection.connection.close()


def fail(error: type[Exception]) -> None:
    raise error("in the middle")


ACCIDENTS: list[Callable[[], Any]] = [
    *(
        partial(fail, kind)
        for kind in (
            RuntimeError,
            Http404,
            PermissionDenied,
            SuspiciousOperation,
            KeyError,
        )
    ),
    divide_by_zero,
    swallow_it,
    hang_up,
    lambda: None,
    lambda: None,
    lambda: None,
]


@pytest.fixture
def accidents(monkeypatch: pytest.MonkeyPatch) -> None:
    """The member list reads, writes a line into the log, and then something happens to it."""
    found, coming = ListFilter.members, itertools.cycle(ACCIDENTS)

    def members(self: ListFilter) -> Any:
        rows = found(self)
        list(rows[:5])
        AuditEntry.objects.create(action="looked")
        next(coming)()
        return rows

    monkeypatch.setattr(ListFilter, "members", members)


def get_backend_id() -> int:
    """Return PostgreSQL's number of the connection, 0 of one that is closed."""
    held = connection.connection
    return 0 if held is None or held.closed else int(held.info.backend_pid)


def ask(handler: WSGIHandler, path: str, cookie: str) -> tuple[int, str]:
    """As a server's thread would, ending with what a server does when the answer is out."""
    environ = RequestFactory()._base_environ(
        PATH_INFO=path, HTTP_COOKIE=f"sessionid={cookie}"
    )
    response = handler(environ, lambda *args: None)
    body = response.headers.get("Location", "") + b"".join(response).decode()
    response.close()
    return response.status_code, body


@pytest.fixture
def lend(transactional_db: None) -> Iterator[Lender]:
    """The doors of a pool: whoever has one of the two connections serves, the others wait."""
    pool: Queue[BaseDatabaseWrapper] = Queue()
    made = [connection.copy() for _ in range(CONNECTIONS)]
    for each in made:
        each.inc_thread_sharing()
        pool.put(each)

    @contextmanager
    def borrow() -> Iterator[None]:
        lent = pool.get()
        connections[DEFAULT_DB_ALIAS] = lent
        try:
            yield
        finally:
            del connections[DEFAULT_DB_ALIAS]
            pool.put(lent)

    yield borrow
    for each in made:
        each.close()


@pytest.mark.django_db(transaction=True)
def test_no_answer_says_anything_of_the_other_shop(
    accidents: None, lend: Lender
) -> None:
    with transaction.atomic():
        cast = make_cast()
    sides = [make_side(cast.sakura, cast.aiko), make_side(cast.momiji, cast.oscar)]
    handler = WSGIHandler()
    statuses: Counter[int] = Counter()
    own: Counter[str] = Counter()
    served: Counter[int] = Counter()

    def serve(seed: int) -> list[str]:
        chance, leaks = random.Random(seed), []
        for _ in range(ROUNDS):
            us, them = chance.sample(sides, 2)
            path = chance.choice(us.paths())
            with lend():
                status, body = ask(handler, path, us.cookie)
                served[get_backend_id()] += 1
            statuses[status] += 1
            own[us.canary] += us.canary in body
            leaks += [f"{path}: {status}"] * (
                them.canary in body or them.tenant.slug in body
            )
            leaks += [f"{path}: scope"] * (get_current_tenant_id_or_none() is not None)
        return leaks

    with ThreadPoolExecutor(THREADS) as threads:
        assert [
            leak for leaks in threads.map(serve, range(THREADS)) for leak in leaks
        ] == []
    assert statuses.total() == THREADS * ROUNDS
    assert set(statuses) == {200, 302, 400, 403, 404, 500}
    assert min(own[side.canary] for side in sides) > THREADS
    # Each accident that hung up began another one; no thread had one of its own.
    assert max(served.values()) > ROUNDS


@pytest.mark.django_db(transaction=True)
def test_an_accident_takes_back_what_the_request_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction.atomic():
        cast = make_cast()
    side = make_side(cast.sakura, cast.aiko)
    found, accidents = ListFilter.members, ACCIDENTS[:6]
    coming = iter(accidents)

    def members(self: ListFilter) -> Any:
        AuditEntry.objects.create(action="looked")
        next(coming)()
        return found(self)

    monkeypatch.setattr(ListFilter, "members", members)
    handler, left = WSGIHandler(), []
    for _ in accidents:
        status, _body = ask(handler, f"/t/{side.tenant.slug}/members/", side.cookie)
        with open_tenant_scope(side.tenant), transaction.atomic():
            left.append((status, AuditEntry.objects.filter(action="looked").count()))
    assert left == [(500, 0), (404, 0), (403, 0), (400, 0), (500, 0), (500, 0)]
