"""The product as it is served, for faults: its processes, two shops, and requests as people and LINE make them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hmac import digest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.stage import ROOT, owner

HOST = "127.0.0.1"
PASSWORD = "correct horse battery"
TOKEN = "t" * 32


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
    slow: Any = None
    web: int = 0  # the process that starts the web workers
    sessions: dict[str, int] = field(default_factory=dict)  # its processes by part
    cart_url: str = ""

    def ask(
        self, path: str, shop: str = "", body: bytes | None = None, **headers: str
    ) -> Answer:
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
        typed = {
            "login": "owner-well",
            "password": PASSWORD,
            "csrfmiddlewaretoken": TOKEN,
        }
        return self.ask(
            "/login/", body=urlencode(typed).encode(), Cookie=f"csrftoken={TOKEN}"
        )

    def event(self) -> tuple[str, Answer]:
        """Have LINE tell of a new friend; returns the event's id."""
        name = uuid.uuid4().hex
        event = {
            "type": "unfollow",
            "webhookEventId": name,
            "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": f"U{name}"},
            "deliveryContext": {"isRedelivery": False},
        }
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
    from tenants.scope import open_tenant_scope
    from tenants.shops.open import open_shop
    from tenants.wakeups import wake

    with transaction.atomic():
        shop = open_shop(f"{name}-{uuid.uuid4().hex[:6]}", name)
        Operator.objects.filter(login_id=f"owner-{name}").update(
            login_id=uuid.uuid4().hex, email=""
        )
        person = Operator.objects.create_operator(
            f"owner-{name}", PASSWORD, name="店長"
        )
        with open_tenant_scope(shop):
            Seat.objects.create(operator=person, role=Seat.Role.OWNER)
            account = LineAccount.objects.create(
                name="公式",
                channel_id=uuid.uuid4().hex[:20],
                channel_secret="secret",
                access_token="t",
                login_channel_id="2",
                liff_id="3-a",
            )
            for number in range(4 if cart_url else 0):
                cart = Cart.objects.create(
                    name=f"カート{number}",
                    kind="ecforce",
                    settings={"base_url": cart_url, "token": "t"},
                    frequency=1,
                )
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
        **os.environ,
        "ENGINES_HELD": "1",
        "SITE_URL": f"http://{HOST}:{port}",
        "WAKEUP_TICK_SECONDS": "1",
        "LINE_API_URL": "http://127.0.0.1:9",
        "PYTHONWARNINGS": "ignore",
        "CART_REQUEST_SECONDS": "0",
    }
    commands = (
        f"gunicorn config.wsgi -c python:config.serving --workers 2 --threads 4 --bind {HOST}:{port}",
        "celery -A config -q worker -Q celery,dispatch -c 4 -l error --without-gossip --without-mingle",
        "celery -A config -q beat -l error",
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *command.split()],
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    cookies = {"slow": slow_cookie, "well": well_cookie}
    hook = f"/p/{well.slug}/hooks/line/{account.webhook_key}/"
    served = Served(f"http://{HOST}:{port}", port, cookies, hook, well)
    served.slow = slow
    served.web = running[0].pid
    parts = ("web", "worker", "beat")
    served.sessions = {
        name: each.pid for name, each in zip(parts, running, strict=True)
    }
    try:
        assert within(60, lambda: served.ask("/healthz").status == 200)
        yield served
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def measure_processor(served: Served) -> dict[str, float]:
    """Return the seconds that each part has computed, a figure that a busy machine changes little."""
    from django.conf import settings

    said = (settings.ENGINES.data / "postmaster.pid").read_text()
    postmaster = int(said.split()[0])
    ticks = dict.fromkeys([*served.sessions, "postgres", "crowd"], 0)
    names = {pid: name for name, pid in served.sessions.items()}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            own, ended = (sum(map(int, fields[at : at + 2])) for at in (11, 13))
            if int(folder.name) == postmaster:
                ticks["postgres"] += own + ended
            elif int(fields[1]) == postmaster:
                ticks["postgres"] += own
            elif int(fields[3]) in names:
                ticks[names[int(fields[3])]] += own
            elif int(folder.name) == os.getpid():
                ticks["crowd"] += own
    return {part: n / os.sysconf("SC_CLK_TCK") for part, n in ticks.items()}


def list_children(pid: int) -> list[int]:
    """Return the processes that this one started, the eldest first."""
    asked = ["ps", "-A", "-o", "pid=,ppid="]
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    rows = [line.split() for line in said.stdout.splitlines()]
    return sorted(int(child) for child, parent in rows if int(parent) == pid)


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
