"""A part of `make faults`: what is served while a cart drips, clients stall, Valkey hangs and PostgreSQL is away.

Shop "slow" has four carts that send a byte a second, and its owner checks them again and again. Shop "well" must not
notice: its pages and webhooks are answered, and its events handled.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from hmac import digest
from typing import Any
from urllib.parse import urlencode

from bench.stage import ROOT, owner

HOST, FAST = "127.0.0.1", 3.0
PASSWORD = "correct horse battery"
TOKEN = "t" * 32
Checks = dict[str, bool]


@dataclass
class Answer:
    status: int  # 0: none at all
    seconds: float
    text: str = ""


@dataclass
class Served:
    """The web process, the worker and beat over the stage, and two shops."""

    url: str
    port: int
    cookies: dict[str, str]
    hook: str
    well: Any

    def ask(self, path: str, shop: str = "", body: bytes | None = None, **headers: str) -> Answer:  # fmt: skip
        if shop:
            headers["Cookie"] = self.cookies[shop]
        request = urllib.request.Request(f"{self.url}{path}", body, headers)
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
                return Answer(answer.status, time.monotonic() - began, text)
        except urllib.error.HTTPError as error:
            return Answer(error.code, time.monotonic() - began)
        except OSError:
            return Answer(0, time.monotonic() - began)

    def page(self) -> Answer:
        return self.ask(f"/t/{self.well.slug}/members/", "well")

    def log_in(self) -> Answer:
        typed = {"login": "owner-well", "password": PASSWORD, "csrfmiddlewaretoken": TOKEN}  # fmt: skip
        return self.ask(
            "/login/", body=urlencode(typed).encode(), Cookie=f"csrftoken={TOKEN}"
        )

    def event(self) -> tuple[str, Answer]:
        """Have LINE tell of a new friend; returns the event's id."""
        name = uuid.uuid4().hex
        event = {
            "type": "unfollow", "webhookEventId": name, "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": f"U{name}"}, "deliveryContext": {"isRedelivery": False},
        }  # fmt: skip
        body = json.dumps({"destination": "x", "events": [event]}).encode()
        signature = b64encode(digest(b"secret", body, "sha256")).decode()
        headers = {"X-Line-Signature": signature, "Content-Type": "application/json"}
        return name, self.ask(self.hook, body=body, **headers)


def make_shop(name: str, cart_url: str = "") -> tuple[Any, Any, str]:
    """A new shop, its LINE account, and the cookie of its owner."""
    from django.db import transaction
    from django.test import Client

    from cartsync.models import Cart
    from messaging.models import LineAccount
    from operators.models import Operator, Seat
    from tenants.models import Tenant
    from tenants.scope import open_tenant_scope
    from tenants.wakeups import wake

    with transaction.atomic():
        shop = Tenant.objects.create(slug=f"{name}-{uuid.uuid4().hex[:6]}", name=name)
        Operator.objects.filter(login_id=f"owner-{name}").update(
            login_id=uuid.uuid4().hex, email=""
        )
        person = Operator.objects.create_operator(
            f"owner-{name}", PASSWORD, name="店長"
        )
        with open_tenant_scope(shop):
            Seat.objects.create(operator=person, role=Seat.Role.OWNER)
            account = LineAccount.objects.create(
                name="公式", channel_id=uuid.uuid4().hex[:20], channel_secret="secret", access_token="t",
                login_channel_id="2", liff_id="3-a",
            )  # fmt: skip
            for number in range(4 if cart_url else 0):
                cart = Cart.objects.create(
                    name=f"カート{number}", kind="ecforce", settings={"base_url": cart_url, "token": "t"}, frequency=1
                )  # fmt: skip
                wake(shop, "cartsync.poll", subject=cart.pk)
    client = Client()
    client.force_login(person)
    session = client.cookies["sessionid"].value
    return shop, account, f"sessionid={session}; csrftoken={TOKEN}"


@contextmanager
def serving(cart_url: str) -> Iterator[Served]:
    slow, _, slow_cookie = make_shop("slow", cart_url)
    well, account, well_cookie = make_shop("well")
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "ENGINES_HELD": "1", "SITE_URL": f"http://{HOST}:{port}", "WAKEUP_TICK_SECONDS": "1",
        "LINE_API_URL": "http://127.0.0.1:9", "PYTHONWARNINGS": "ignore", "CART_REQUEST_SECONDS": "0",
    }  # fmt: skip
    commands = (
        f"gunicorn config.wsgi -c python:config.serving --workers 2 --threads 4 --bind {HOST}:{port}",
        "celery -A config -q worker -Q celery,dispatch -c 4 -l error --without-gossip --without-mingle",
        "celery -A config -q beat -l error",
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *command.split()], cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]  # fmt: skip
    cookies = {"slow": slow_cookie, "well": well_cookie}
    hook = f"/p/{well.slug}/hooks/line/{account.webhook_key}/"
    served = Served(f"http://{HOST}:{port}", port, cookies, hook, well)
    served.slow = slow  # type: ignore[attr-defined]
    try:
        assert within(60, lambda: served.ask("/healthz").status == 200)
        yield served
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def within(seconds: float, held: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if held():
            return True
        time.sleep(0.2)
    return False


def is_handled(event_id: str) -> bool:
    sql = (
        "SELECT handled_at IS NOT NULL FROM messaging_webhookevent WHERE event_id = %s"
    )
    with owner() as db:
        return db.execute(sql, [event_id]).fetchone() == (True,)


def is_kept(event_id: str) -> bool:
    sql = "SELECT count(*) FROM messaging_webhookevent WHERE event_id = %s"
    with owner() as db:
        return db.execute(sql, [event_id]).fetchone() == (1,)


# ---------------------------------------------------------------- the four faults
def drip(served: Served) -> Checks:
    """Four polls of dripping carts, and eight people who check one of them all the time."""
    over, checked = threading.Event(), []
    typed = urlencode(
        {"csrfmiddlewaretoken": TOKEN, "name": "店", "base_url": served.cart_url, "token": "t",  # type: ignore[attr-defined]
         "frequency": "60", "match_key": "phone", "check": "1"}
    ).encode()  # fmt: skip

    def check() -> None:
        while not over.wait(0.1):
            checked.append(served.ask(f"/t/{served.slow.slug}/carts/new/", "slow", typed))  # type: ignore[attr-defined]  # fmt: skip

    people = [threading.Thread(target=check) for _ in range(8)]
    for person in people:
        person.start()
    pages, hooks, handled = [], [], []
    for _ in range(10):
        time.sleep(1)
        pages.append(served.page())
        name, answer = served.event()
        hooks.append(answer)
        handled.append(within(10, partial(is_handled, name)))
    over.set()
    for person in people:
        person.join()
    said = sum("時間がかかりすぎました" in each.text for each in checked)
    print(
        f"  dripping cart: {len(checked)} checks, {said} of them went out; the other shop's slowest page "
        f"{max(p.seconds for p in pages):.2f} s, webhook {max(h.seconds for h in hooks):.2f} s"
    )
    return {
        "dripping cart: the other shop's pages are answered": is_fast(pages),
        "and its webhooks": is_fast(hooks),
        "and its events handled": all(handled),
        "and each check of the cart ends in time": bool(said)
        and max(each.seconds for each in checked) < 12,
    }


def is_fast(answers: list[Answer]) -> bool:
    return all(each.status == 200 and each.seconds < FAST for each in answers)


def stall(served: Served) -> Checks:
    """Ten clients with three bytes of a thousand, on eight threads."""
    with ExitStack() as held:
        lines = [
            held.enter_context(socket.create_connection((HOST, served.port)))
            for _ in range(10)
        ]
        began = time.monotonic()
        for line in lines:
            line.sendall(
                b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Cookie: csrftoken=" + TOKEN.encode() + b"\r\n\r\na=1"
            )
            line.settimeout(60)
        pages: list[Answer] = []
        asking = threading.Thread(target=lambda: pages.append(served.page()))
        asking.start()
        with suppress(OSError):
            while lines[0].recv(65536):
                pass
        ended = time.monotonic() - began
        asking.join()
    (page,) = pages
    print(f"  slow bodies: the first ended after {ended:.1f} s, a page came after {page.seconds:.1f} s")  # fmt: skip
    return {
        "slow bodies: a request ends 20 s after its head": 19 < ended < 25,
        # One process may have got all ten: four, four and two by turns.
        "and the site is back": page.status == 200 and page.seconds < 65,
    }


def hang_valkey(served: Served) -> Checks:
    from django.conf import settings
    from redis import Redis

    served.log_in()
    pid = int(Redis.from_url(settings.REDIS_URL).info()["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        logins = [served.log_in() for _ in range(6)]
        pages = [served.page() for _ in range(6)]
        hooks = [served.event()[1] for _ in range(3)]
    finally:
        os.kill(pid, signal.SIGCONT)
    back = within(15, lambda: served.log_in().status == 200)
    slowest = max(each.seconds for each in [*logins, *pages, *hooks])
    refused = {each.status for each in logins}
    print(f"  hung Valkey: logins {refused}, slowest answer {slowest:.2f} s")
    return {
        "hung Valkey: a login is refused with a page, in time": refused == {503}
        and max(each.seconds for each in logins) < FAST,
        "and pages and webhooks are answered": is_fast(pages) and is_fast(hooks),
        "and logins go on afterwards": back,
    }


def stop_postgres(served: Served) -> Checks:
    from django.conf import settings
    from django.db import connection

    connection.close()
    over, taken = threading.Event(), []

    def send() -> None:
        while not over.wait(0.05):
            taken.append(served.event())

    sender = threading.Thread(target=send)
    sender.start()
    time.sleep(1)
    engines = settings.ENGINES
    engines._pg("pg_ctl", "stop", "-D", engines.data, "-m", "immediate", "-w")
    away = [served.page() for _ in range(5)]
    time.sleep(2)
    engines._start_postgres()
    began = time.monotonic()
    back = within(15, lambda: served.page().status == 200)
    seconds = time.monotonic() - began
    time.sleep(2)
    over.set()
    sender.join()
    accepted = [name for name, answer in taken if answer.status == 200]
    kept = [name for name in accepted if is_kept(name)]
    handled = within(60, lambda: is_handled(accepted[-1]) and is_handled(accepted[0]))
    print(
        f"  stopped PostgreSQL: {len(taken)} webhooks sent, {len(accepted)} accepted, {len(kept)} of them kept; "
        f"pages were back after {seconds:.1f} s"
    )
    return {
        "stopped PostgreSQL: pages say so at once": {each.status for each in away}
        <= {500, 503}
        and max(each.seconds for each in away) < FAST,
        "and are back within 15 s": back,
        "nothing that was accepted is missing": bool(accepted) and kept == accepted,
        "and the workers go on": handled,
    }


def main() -> int:
    from tests.outbound.slow_server import SlowServer

    with SlowServer() as cart, serving(cart.url) as served:
        served.cart_url = cart.url  # type: ignore[attr-defined]
        checks = drip(served) | stall(served) | hang_valkey(served) | stop_postgres(served)  # fmt: skip
    for what, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {what}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    from bench.stage import prepare

    prepare("faults")
    sys.exit(main())
