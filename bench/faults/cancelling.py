"""SIGKILL of the browser worker at every named point, in turn: 200 cancellations at the demo cart's admin site.

At most one click for each, each ends verified or with a person, and no browser is left behind. `python -m
bench.faults.cancelling` runs it alone; RUNS says how many. This module with a shop and a cart is the parent of the
workers: each is a child of it, which has Django and Playwright ready, and no connection or thread when they part.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.stage import ROOT, prepare, shop

RUNS = int(os.environ.get("RUNS", "200"))
POINTS = (
    "rpa.submitting",
    "rpa.clicking",
    "rpa.clicked",
    "rpa.submitted",
    "rpa.verifying",
)
NAME, MARK = f"cancelling-{int(time.time())}", f"TSUNAGI_BENCH_RUN={os.getpid()}"


def fill_cart(sandbox: Any) -> tuple[Any, Any]:
    """Make a live shop whose cart is used by browser, and a request for each of the customers."""
    from django.db import transaction

    from cartsync.models import Cart
    from rpa.models import RobotLogin, RpaSettings
    from rpa.requests.receive import receive_request
    from sandbox.cart.office import LOGIN
    from tenants.scope import open_tenant_scope

    tenant = shop(NAME)
    for rows in sandbox.cart.tables.values():
        rows.clear()
    with open_tenant_scope(tenant), transaction.atomic():
        settings = {"base_url": sandbox.cart_url, "token": "demo-token"}
        cart = Cart.objects.create(name=NAME, kind="ecforce", settings=settings)
        secrets = {"login": LOGIN, "password": sandbox.cart.switches.office_password}
        RobotLogin.objects.create(
            cart=cart,
            recipe="demo",
            url=sandbox.cart_url,
            secrets=secrets,
            is_live=True,
        )
        RpaSettings.objects.create(is_live=True, tells_customers=False)
        for n in range(RUNS):
            email = f"run{n:04}@example.jp"
            customer = sandbox.cart.add_customer({"name": f"試験 {n}", "email": email})
            row = sandbox.cart.add_subscription(customer["id"])
            row["remaining_block_times"] = 0
            receive_request(cart, "cancel", {"email": email})
    return tenant, cart


def run_workers(tenant: int, cart: int) -> None:
    """Run a worker for each point, one after the other."""
    import playwright.sync_api  # noqa: F401  (once, not in each worker)

    for point in POINTS:
        child = os.fork()
        if not child:
            try:
                work(tenant, cart, point)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


def work(tenant: int, cart: int, point: str) -> None:
    """Work the queue until it is empty, or SIGKILL comes at the point."""
    from outbound import faultpoints
    from rpa.executors import browser
    from rpa.robot.work_queue import work_queue
    from tenants.models import Tenant
    from tenants.scope import act_as, open_tenant_scope

    browser.READ_BACK = (0, 0, 0)

    def kill(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    faultpoints.hook = kill
    found = Tenant.objects.get(pk=tenant)
    with open_tenant_scope(found), act_as(None, "cart"):
        work_queue(found, cart)


def count_states(tenant: Any) -> Counter[str]:
    from django.db import transaction

    from rpa.models import CancellationRequest
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        return Counter(CancellationRequest.objects.values_list("state", flat=True))


def list_left() -> list[str]:
    """Return the browsers and drivers of this run that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if MARK.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().decode(errors="replace"))
    return [command for command in found if command]


def run() -> int:
    from rpa.models import CancellationRequest
    from sandbox.serving import Sandbox

    working = set(CancellationRequest.WORKED)
    with Sandbox(size=1) as sandbox:
        tenant, cart = fill_cart(sandbox)
        started, kills = time.monotonic(), 0
        environment = os.environ | dict([MARK.split("=")])
        while set(count_states(tenant)) & working and kills <= RUNS * 2:
            kills += len(POINTS)
            words = [sys.executable, "-m", "bench.faults.cancelling"]
            words += [str(tenant.pk), str(cart.pk)]
            subprocess.run(words, cwd=ROOT, env=environment, check=False)
        seconds, states = time.monotonic() - started, count_states(tenant)
        clicks = Counter(Counter(sandbox.cart.clicks).values())
    end = time.monotonic() + 30
    while list_left() and time.monotonic() < end:
        time.sleep(0.2)
    ended = set(states) <= {"verified", "person"} and states.total() == RUNS
    checks = {
        "no subscription was clicked twice": set(clicks) <= {1},
        f"{RUNS} requests ended verified or with a person": ended,
        "no browser is left": not list_left(),
    }
    print(
        f"  {RUNS} cancellations, {kills} workers, {seconds:,.0f} s: {dict(states)}, {clicks[1]} clicks"
    )
    for what, holds in checks.items():
        print(f"  {'ok ' if holds else 'NOT'} {what}", flush=True)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import django

        django.setup()
        run_workers(int(sys.argv[1]), int(sys.argv[2]))
    else:
        prepare("faults")
        sys.exit(run())
