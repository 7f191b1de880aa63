"""`make faults`: 3,000 step messages while the worker is killed twenty times, LINE errs, and the broker is emptied.

Every member must get exactly one message, and every delivery must end as sent. Then come exports, imports, and what
is served beside a dripping cart, slow clients, a hung Valkey and a stopped PostgreSQL.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from bench.stage import ROOT, fill, owner, prepare, shop

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
    """A shop whose step message goes to 3,000 friends at once; returns the tenant's key."""
    from django.db import transaction

    from members.models import Member, TagBatch
    from members.tags.assign import tag_members
    from members.tags.names import get_or_create_tag
    from messaging.models import Content, LineAccount, Scenario, Step, Trigger
    from tenants.scope import open_tenant_scope

    tenant = shop(NAME)
    fill(
        Member,
        MEMBERS,
        tenant_id=str(tenant.pk),
        public_id="lpad(n::text, 12, 'b')",
        name="'会員' || n",
        line_user_id="'U' || lpad(n::text, 32, '0')",
        line_state="'friend'",
        link_state="'unanswered'",
    )
    with open_tenant_scope(tenant), transaction.atomic():
        account = LineAccount.objects.create(
            name="公式",
            channel_id=NAME,
            channel_secret="secret",
            access_token="token",
            login_channel_id="1",
            liff_id="1-a",
        )
        channel = sandbox.line.register(
            {
                "channel_id": NAME,
                "channel_secret": "secret",
                "access_token": "token",
                "quota": None,
            }
        )
        sandbox.line.add_friends(
            channel,
            [
                {"user_id": f"U{n:032d}", "name": f"会員{n}"}
                for n in range(1, MEMBERS + 1)
            ],
        )
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


class Processes:
    """Beat, and the worker that is killed."""

    def __init__(self, line_url: str) -> None:
        self.environment = {
            **os.environ, "ENGINES_HELD": "1", "LINE_API_URL": line_url, "LINE_PUSH_PER_SECOND": str(PER_SECOND),
            "WAKEUP_TICK_SECONDS": "1", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        self.beat = self.start("-A config -q beat -l error")
        self.worker = self.start_worker()

    def start(self, line: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", *line.split()]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            stdout=quiet,
            stderr=quiet,
        )

    def start_worker(self) -> "subprocess.Popen[bytes]":
        return self.start(
            "-A bench.faults.worker -q worker -Q celery,dispatch -c 2 -l error --without-mingle --without-gossip"
        )

    def kill_worker(self) -> None:
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        self.worker = self.start_worker()

    def end(self) -> None:
        for process in (self.beat, self.worker):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def states(tenant_id: int) -> Counter[int]:
    with owner() as db:
        sql = "SELECT state, count(*) FROM messaging_delivery WHERE tenant_id = %s GROUP BY state"
        return Counter(dict(db.execute(sql, [tenant_id]).fetchall()))


def torment(processes: Processes, accepted: "Counter[str]") -> int:
    """Kill the worker while it works, empty the broker half-way. How many kills there were before all was sent."""
    from django.conf import settings
    from redis import Redis

    dice = random.Random(FAULTS["seed"])
    for kill in range(1, KILLS + 1):
        before, deadline = accepted.total(), time.monotonic() + 60
        while accepted.total() == before and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 1.2))
        processes.kill_worker()
        if kill == KILLS // 2:
            Redis.from_url(settings.REDIS_URL).flushall()
        print(f"  kill {kill:2}: {accepted.total():,} accepted so far", flush=True)
        if accepted.total() >= MEMBERS:
            return kill
    return KILLS


def main() -> int:
    prepare("faults")
    from sandbox.serving import Sandbox

    with Sandbox(record="counts") as sandbox:
        started = time.monotonic()
        tenant_id = set_up(sandbox)
        channel = sandbox.line.channels[NAME]
        sandbox.line.faults = type(sandbox.line.faults)(**FAULTS)
        processes = Processes(sandbox.line_url)
        try:
            kills = torment(processes, channel.accepted)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while set(states(tenant_id)) & {0, 1} and time.monotonic() < deadline:
                time.sleep(1)
        finally:
            processes.end()
        broken = judge(
            tenant_id, channel, sandbox.line.statuses, kills, time.monotonic() - started
        )
    from bench.faults import (
        answering,
        cancelling,
        exports,
        halting,
        imports,
        ordermails,
        robot_memory,
        sending,
        serving,
    )

    # Each of them, whatever the others found.
    parts = (
        sending.run,
        halting.run,
        cancelling.run,
        ordermails.run,
        robot_memory.run,
        exports.run,
        imports.main,
        serving.main,
        answering.run,
    )
    return max([broken, *(part() for part in parts)])


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
    for what, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {what}")
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
