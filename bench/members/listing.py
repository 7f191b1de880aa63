"""The member list over HTTP, from gunicorn as `make run` starts it: the first page alone, and 50 operators at once."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.members.people import million
from bench.stage import ROOT, Table, median_seconds, owner

OPERATORS, SECONDS, THINKING, TURNS = 50, 20, 4.0, 15
PAGE = """SELECT m.* FROM members_member m WHERE m.tenant_id = %s AND m.deleted_at IS NULL
AND (m.cart_state NOT IN ('left', 'visitor') OR m.line_state = 'friend')
ORDER BY m.created_at DESC, m.id DESC LIMIT 51"""
COUNT = """SELECT link_state, count(*) FROM members_member WHERE tenant_id = %s AND deleted_at IS NULL
AND (cart_state NOT IN ('left', 'visitor') OR line_state = 'friend') GROUP BY link_state"""
TAGS = """SELECT l.member_id, t.name, t.color FROM members_membertag l JOIN members_tag t ON t.id = l.tag_id
WHERE l.tenant_id = %s AND l.member_id = ANY(%s)"""


def run(table: Table) -> None:
    shop = million()
    with served() as port:
        cookies = [logged_in(number) for number in range(OPERATORS)]
        alone = median_seconds(lambda: get(port, cookies[0]), 9)
        table.seconds(
            "list page alone, first of a million",
            alone,
            median_seconds(lambda: plain(shop)),
            floor_of(shop),
        )
        report_masked(port, cookies[0])
        for what, thinking in (("a page each 4 s", THINKING), ("no pause", 0.0)):
            taken = crowd(port, cookies, thinking)
            middle, late = (
                statistics.median(taken),
                statistics.quantiles(taken, n=20)[18],
            )
            told = f"median {middle * 1000:,.0f} ms, p95 {late * 1000:,.0f} ms, {len(taken) / SECONDS:,.0f} pages/s"
            print(
                f"list page, {OPERATORS} operators at once, {what}: {told}", flush=True
            )


def report_masked(port: int, clear_cookie: str) -> None:
    """Print what masking costs: both pages by turns, so that whatever else the machine does meets them alike."""
    masked_cookie = logged_in(OPERATORS, personal=False)
    ratios = []
    for _ in range(TURNS):
        clear = median_seconds(lambda: get(port, clear_cookie))
        ratios.append(median_seconds(lambda: get(port, masked_cookie)) / clear)
    ratio = statistics.median(ratios)
    print(
        f"list page with personal data masked: {ratio:.2f} of the page in clear (at most 1.10)",
        flush=True,
    )


@contextmanager
def served() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = f"gunicorn config.wsgi --workers 2 --threads 4 --log-level error --bind 127.0.0.1:{port}"
    environment = {**os.environ, "ENGINES_HELD": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", *line.split()], cwd=ROOT, env=environment
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def logged_in(number: int, personal: bool = True) -> str:
    """A session of an operator with a seat in the shop; ``personal``: whether they see personal data in clear."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction

    from operators.models import Operator, Seat
    from tenants.models import Tenant
    from tenants.scope import open_tenant_scope

    person = Operator.objects.filter(
        login_id=f"bench{number}"
    ).first() or Operator.objects.create_operator(
        f"bench{number}", "correct horse battery", name="計測"
    )
    with open_tenant_scope(Tenant.objects.get(slug="million")), transaction.atomic():
        rights = {} if personal else {"personal": False}
        Seat.objects.update_or_create(
            operator=person, defaults={"role": Seat.Role.STAFF, "rights": rights}
        )
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def get(port: int, cookie: str) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/t/million/members/", headers={"Cookie": cookie})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    assert answer.status == 200 and b"</html>" in body, answer.status


def crowd(port: int, cookies: list[str], thinking: float) -> list[float]:
    taken: list[float] = []
    end = time.perf_counter() + SECONDS

    def work(number: int) -> None:
        time.sleep(thinking * number / len(cookies))
        while time.perf_counter() < end:
            begun = time.perf_counter()
            get(port, cookies[number])
            taken.append(time.perf_counter() - begun)
            time.sleep(max(0.0, thinking - (time.perf_counter() - begun)))

    threads = [
        threading.Thread(target=work, args=[number]) for number in range(len(cookies))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def plain(shop: int) -> int:
    """Django's paginator: a count, and the page by its number."""
    from django.core.paginator import Paginator
    from django.db import transaction

    from members.models import Member
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(shop), transaction.atomic():
        rows = (
            Member.objects.filter(deleted_at=None)
            .order_by("-created_at")
            .prefetch_related("member_tags__tag")
        )
        return len(list(Paginator(rows, 50).page(1)))


def floor_of(shop: int) -> float:
    def ask() -> None:
        with owner() as db:
            ids = [row[0] for row in db.execute(PAGE, [shop]).fetchall()]
            db.execute(COUNT, [shop]).fetchall()
            db.execute(TAGS, [shop, ids]).fetchall()

    return median_seconds(ask)
