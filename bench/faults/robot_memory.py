"""The browser worker's memory after 200 runs against that after 20, each a cancellation in a Chromium of its own.

`python -m bench.faults.robot_memory` runs it alone; RUNS says how many. A tenth of them is the beginning.
"""

import os
import sys
from pathlib import Path
from typing import Any

from bench.faults import cancelling
from bench.stage import prepare

MOST = 1.1


def read_memory() -> int:
    """Return the resident memory of this process, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmRSS"))
    return int(line.split()[1])


def run_once(tenant: Any, cart: Any, request: int) -> None:
    """Do one request in a browser of its own; the others wait."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from rpa.models import CancellationRequest
    from rpa.robot.work_queue import work_queue
    from tenants.scope import act_as, open_tenant_scope

    with open_tenant_scope(tenant), act_as(None, "cart"):
        with transaction.atomic():
            rows = CancellationRequest.objects.filter(state="received")
            rows.update(due_at=timezone.now() + timedelta(days=1))
            rows.filter(pk=request).update(due_at=None)
        work_queue(tenant, cart.pk)


def run() -> int:
    from django.db import transaction

    from rpa.executors import browser
    from rpa.models import CancellationRequest
    from sandbox.serving import Sandbox
    from tenants.scope import open_tenant_scope

    browser.READ_BACK = (0, 0, 0)
    name, _, value = cancelling.MARK.partition("=")
    os.environ[name] = value
    with Sandbox(size=1) as sandbox:
        tenant, cart = cancelling.fill_cart(sandbox)
        with open_tenant_scope(tenant), transaction.atomic():
            ids = list(
                CancellationRequest.objects.order_by("pk").values_list("pk", flat=True)
            )
        memory = []
        for request in ids:
            run_once(tenant, cart, request)
            memory.append(read_memory())
        states = cancelling.count_states(tenant)
        left = cancelling.list_left()
    tenth = max(len(ids) // 10, 1)
    early, late = memory[tenth - 1], memory[-1]
    told = f"memory after run {len(ids)} is {late / early:.3f} of that after {tenth}"
    checks = {
        told: late <= MOST * early,
        "every run ended verified": states == {"verified": len(ids)},
        "no browser is left": not left,
    }
    print(
        f"  {len(ids)} runs: {early / 1024:,.0f} MB, {late / 1024:,.0f} MB at the end"
    )
    for what, holds in checks.items():
        print(f"  {'ok ' if holds else 'NOT'} {what}", flush=True)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    prepare("faults")
    sys.exit(run())
