"""Stop a broadcast half-way, and all sends in the middle of it all, while two workers send.

`python -m bench.faults.halting [PEOPLE]`. Two seconds after either nothing leaves any more; the sums hold at any time;
once the stop of all sends is lifted the rest goes, each once.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.faults.line_shop import make_line_shop
from bench.faults.sending import PER_SECOND
from bench.faults.workers import Workers
from bench.stage import owner, prepare, report_checks

NAME = f"halting-{int(time.time())}"
# So long after the word nothing may leave; and so long it is watched that nothing does.
GRACE_SECONDS, WATCHED_SECONDS, PATIENCE_SECONDS = 2, 5, 300


def set_up(sandbox: Any, people: int) -> Any:
    """Make a shop with so many friends, one in ten of whom cannot be reached."""
    state = "CASE WHEN n % 10 = 0 THEN 'blocked' ELSE 'friend' END"
    tenant, _account = make_line_shop(sandbox, NAME, people, line_state=state)
    return tenant


def start_broadcast(tenant: Any) -> Any:
    """Start a broadcast of a personal text, so that each member is a call of their own."""
    from django.db import transaction

    from messaging.broadcasts import manage
    from messaging.models import Broadcast, Content, LineAccount
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        content = Content.objects.create(text="{name}様へ")
        made = Broadcast.objects.create(
            name="秋", account=LineAccount.objects.get(), content=content
        )
        manage.start_broadcast(made)
    return made


def count_states(broadcast: Any) -> Counter[int]:
    with owner() as db:
        sql = "SELECT state, count(*) FROM messaging_delivery WHERE tenant_id = %s AND broadcast_id = %s GROUP BY state"
        values = [broadcast.tenant_id, broadcast.pk]
        return Counter(dict(db.execute(sql, values).fetchall()))


def wait_until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def halt(channel: Any, tenant: Any, part: int, say: Callable[[], object]) -> int:
    """Say the word once ``part`` messages arrived; return how many left later than GRACE_SECONDS after it."""
    from django.db import transaction

    from tenants.scope import open_tenant_scope

    before = channel.accepted.total()
    wait_until(lambda: channel.accepted.total() - before >= part)
    with open_tenant_scope(tenant), transaction.atomic():
        say()
    time.sleep(GRACE_SECONDS)
    left = channel.accepted.total()
    time.sleep(WATCHED_SECONDS)
    return int(channel.accepted.total() - left)


def stop_half_way(
    channel: Any, tenant: Any, people: int, checks: dict[str, bool]
) -> None:
    from messaging.broadcasts import manage

    made = start_broadcast(tenant)
    late = halt(channel, tenant, people // 4, lambda: manage.stop_broadcast(made))
    wait_until(lambda: not count_states(made)[1])
    states, arrived = count_states(made), channel.accepted.total()
    print(f"  stopped: {dict(sorted(states.items()))}, {arrived:,} arrived", flush=True)
    checks["nothing left 2 s after the broadcast was stopped"] = late == 0
    checks["stopped: sent, left out and cancelled are the audience"] = states[
        2
    ] + states[3] + states[5] == people and set(states) <= {2, 3, 5}
    checks["stopped: what is marked sent arrived"] = states[2] == arrived


def stop_all(channel: Any, tenant: Any, people: int, checks: dict[str, bool]) -> None:
    from django.db import transaction

    from messaging.accounts.stop_all import lift_stop, stop_all_sends
    from tenants.scope import open_tenant_scope

    channel.accepted.clear()
    made = start_broadcast(tenant)
    late = halt(channel, tenant, people // 4, lambda: stop_all_sends(tenant))
    states = count_states(made)
    print(f"  all stopped: {dict(sorted(states.items()))}", flush=True)
    checks["nothing left 2 s after all sends were stopped"] = late == 0
    checks["all stopped: the sum is the audience"] = states.total() == people
    with open_tenant_scope(tenant), transaction.atomic():
        lift_stop(tenant)
    wait_until(lambda: not count_states(made)[0] and not count_states(made)[1])
    states = count_states(made)
    print(f"  lifted: {dict(sorted(states.items()))}", flush=True)
    reached = people - people // 10
    checks["lifted: the rest went, and all are sent or left out"] = states == {
        2: reached,
        3: people // 10,
    }
    checks["each got one message"] = Counter(channel.accepted.values()) == {1: reached}


def run(people: int = 4_000) -> int:
    from sandbox.serving import Sandbox

    checks: dict[str, bool] = {}
    with Sandbox(record="counts") as sandbox:
        tenant = set_up(sandbox, people)
        channel = sandbox.line.channels[NAME]
        workers = Workers(sandbox.line_url, PER_SECOND)
        try:
            stop_half_way(channel, tenant, people, checks)
            stop_all(channel, tenant, people, checks)
        finally:
            workers.end()
        checks["no key was used for something else"] = channel.mismatched_keys == 0
    print(f"  {people:,} people, {PER_SECOND} pushes a second")
    return report_checks(checks)


if __name__ == "__main__":
    prepare("faults")
    sys.exit(run(*map(int, sys.argv[1:])))
