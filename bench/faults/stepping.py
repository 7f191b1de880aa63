"""3,000 step messages while the worker is killed twenty times, LINE errs, and the broker is emptied.

`python -m bench.faults.stepping`. Every member must get exactly one message, and every delivery must end as sent.
"""

import random
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from bench.faults.line_shop import make_line_shop
from bench.faults.workers import Workers
from bench.stage import owner, prepare, report_checks

MEMBERS, KILLS, PER_SECOND = 3000, 20, 120
FAULTS: dict[str, Any] = {
    "before_500": 0.10,
    "after_500": 0.10,
    "rate_429": 0.03,
    "seed": 7,
}
PATIENCE_SECONDS = 600
NAME = f"faults-{int(time.time())}"


def set_up(sandbox: Any) -> int:
    """Make a shop whose step message goes to 3,000 friends at once; return the tenant's key."""
    from django.db import transaction

    from members.models import Member, TagBatch
    from members.tags.assign import tag_members
    from members.tags.names import get_or_create_tag
    from messaging.models import Content, Scenario, Step, Trigger
    from tenants.scope import open_tenant_scope

    tenant, account = make_line_shop(sandbox, NAME, MEMBERS)
    with open_tenant_scope(tenant), transaction.atomic():
        trigger = get_or_create_tag("対象")
        scenario = Scenario.objects.create(account=account, name="試験", is_on=True)
        Trigger.objects.create(scenario=scenario, tag=trigger)
        Step.objects.create(
            scenario=scenario,
            delay=timedelta(0),
            content=Content.objects.create(text="{name}様へ"),
        )
    with open_tenant_scope(tenant), transaction.atomic():
        tag_members(trigger, Member.objects.all(), TagBatch.Source.OPERATOR)
    return int(tenant.pk)


def states(tenant_id: int) -> Counter[int]:
    with owner() as db:
        sql = "SELECT state, count(*) FROM messaging_delivery WHERE tenant_id = %s GROUP BY state"
        return Counter(dict(db.execute(sql, [tenant_id]).fetchall()))


def torment(workers: Workers, accepted: "Counter[str]") -> int:
    """Kill the worker while it works, empty the broker half-way. How many kills there were before all was sent."""
    from django.conf import settings
    from redis import Redis

    dice = random.Random(FAULTS["seed"])
    for kill in range(1, KILLS + 1):
        before, deadline = accepted.total(), time.monotonic() + 60
        while accepted.total() == before and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 1.2))
        workers.kill_one(kill)
        if kill == KILLS // 2:
            Redis.from_url(settings.REDIS_URL).flushall()
        print(f"  kill {kill:2}: {accepted.total():,} accepted so far", flush=True)
        if accepted.total() >= MEMBERS:
            return kill
    return KILLS


def run() -> int:
    from sandbox.serving import Sandbox

    with Sandbox(record="counts") as sandbox:
        started = time.monotonic()
        tenant_id = set_up(sandbox)
        channel = sandbox.line.channels[NAME]
        sandbox.line.faults = type(sandbox.line.faults)(**FAULTS)
        workers = Workers(sandbox.line_url, PER_SECOND, count=1)
        try:
            kills = torment(workers, channel.accepted)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while set(states(tenant_id)) & {0, 1} and time.monotonic() < deadline:
                time.sleep(1)
        finally:
            workers.end()
        return judge(
            tenant_id, channel, sandbox.line.statuses, kills, time.monotonic() - started
        )


def judge(
    tenant_id: int, channel: Any, statuses: "Counter[int]", kills: int, seconds: float
) -> int:
    counts = Counter(channel.accepted.values())
    ends = states(tenant_id)
    with owner() as db:
        sql = "SELECT sum(tries), count(*) FILTER (WHERE tries > 1) FROM messaging_call WHERE tenant_id = %s"
        tries, cut_short = db.execute(sql, [tenant_id]).fetchone()  # type: ignore[misc]
    checks = {
        f"{MEMBERS:,} members got a message": len(channel.accepted) == MEMBERS,
        "nobody got two": set(counts) == {1},
        "every delivery ended as sent": ends == {2: MEMBERS},
        f"the worker was killed {KILLS} times": kills == KILLS,
        "kills and faults made calls go again": cut_short > 0,
    }
    print(
        f"  {tries:,} tries, {cut_short:,} calls tried again, {channel.replays:,} repeated keys answered with 409"
    )
    print(
        f"  LINE answered {dict(sorted(statuses.items()))}; deliveries by state {dict(ends)}; {seconds:.0f} s"
    )
    return report_checks(checks)


if __name__ == "__main__":
    prepare("faults")
    sys.exit(run())
