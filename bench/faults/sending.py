"""Push, multicast and mail while workers are killed, PostgreSQL restarts, Valkey is emptied, LINE and SMTP err.

`python -m bench.faults.sending [MESSAGES] [KILLS]`. Every member of LINE gets exactly one message, advertising mail
arrives at most once, other mail at least once, and the ledger adds up.
"""

import random
import sys
import time
from collections import Counter
from typing import Any

from bench.faults.line_shop import make_line_shop
from bench.faults.workers import Workers
from bench.stage import owner, prepare, report_checks

PER_SECOND, PATIENCE_SECONDS = 400, 900
LINE_FAULTS: dict[str, Any] = {
    "before_500": 0.08,
    "after_500": 0.08,
    "rate_429": 0.03,
    "hang": 0.002,
    "seed": 7,
}
MAIL_FAULTS: dict[str, Any] = {
    "later_421": 0.04, "later_450": 0.04, "refuse_550": 0.02, "drop_before": 0.02, "drop_after": 0.02, "seed": 7,
}  # fmt: skip
NAME = f"sending-{int(time.time())}"
PUSH, MULTICAST, AD, OTHER = range(4)
BOOK = """
INSERT INTO messaging_delivery (tenant_id, sender_id, channel, source, is_ad, member_id, content_id, planned_at, due_at)
SELECT m.tenant_id, (%(senders)s::bigint[])[1 + n %% 4], CASE WHEN n %% 4 < 2 THEN 'line' ELSE 'mail' END, 1,
       n %% 4 = 2, m.id, (%(contents)s::bigint[])[1 + n %% 4], now(), now()
FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM members_member WHERE tenant_id = %(tenant)s) m
"""


def set_up(sandbox: Any, messages: int) -> int:
    """Make a shop with as many members: a quarter each for pushes, multicasts, advertising mails and other mails."""
    from django.db import transaction

    from messaging.content.make import make_mail_content, make_text_content
    from messaging.models import MailAccount
    from tenants.scope import open_tenant_scope
    from tenants.wakeups import wake

    tenant, line = make_line_shop(
        sandbox, NAME, messages, email="'m' || n || '@example.jp'"
    )
    with open_tenant_scope(tenant), transaction.atomic():
        mail = MailAccount.objects.create(
            name="メール",
            host="127.0.0.1",
            port=sandbox.smtp_port,
            security="none",
            from_email="shop@example.jp",
            per_minute=PER_SECOND * 60,
        )
        contents = [
            make_text_content("{name}様へ"),
            make_text_content("みなさまへ"),
            make_mail_content("広告", "本文"),
            make_mail_content("手続き", "本文"),
        ]
        senders = [line.sender_id, line.sender_id, mail.sender_id, mail.sender_id]
    with owner() as db:
        values = {
            "tenant": tenant.pk,
            "senders": senders,
            "contents": [c.pk for c in contents],
        }
        db.execute(BOOK, values)
    with open_tenant_scope(tenant), transaction.atomic():
        for sender in sorted(set(senders)):
            wake(tenant, "messaging.dispatch", subject=sender)
    return int(tenant.pk)


def restart_postgres() -> None:
    from django.conf import settings
    from django.db import connection

    engines = settings.ENGINES
    connection.close()
    engines._pg("pg_ctl", "stop", "-D", engines.data, "-m", "immediate", "-w")
    time.sleep(1)
    engines._start_postgres()


def count_open(tenant_id: int) -> int:
    with owner() as db:
        sql = "SELECT count(*) FROM messaging_delivery WHERE tenant_id = %s AND state IN (0, 1)"
        (left,) = db.execute(sql, [tenant_id]).fetchone()  # type: ignore[misc]
    return int(left)


def torment(workers: Workers, tenant_id: int, kills: int) -> int:
    """Kill workers while anything is left, restart PostgreSQL and empty Valkey on the way. Return how many kills."""
    from django.conf import settings
    from redis import Redis

    dice = random.Random(7)
    for kill in range(1, kills + 1):
        time.sleep(dice.uniform(0.8, 2.5))
        if not count_open(tenant_id):
            return kill - 1
        workers.kill_one(kill)
        if kill == max(kills // 3, 1):
            restart_postgres()
            print("  PostgreSQL was killed and started again", flush=True)
        if kill == max(kills // 2, 1):
            Redis.from_url(settings.REDIS_URL).flushall()
            print("  Valkey was emptied", flush=True)
    return kills


def judge(tenant_id: int, sandbox: Any, messages: int, kills: int) -> int:
    with owner() as db:
        sql = """
        SELECT d.channel, d.is_ad, d.state, m.email, m.line_user_id FROM messaging_delivery d
        JOIN members_member m ON m.tenant_id = d.tenant_id AND m.id = d.member_id WHERE d.tenant_id = %s
        """
        rows = db.execute(sql, [tenant_id]).fetchall()
    line, mail = sandbox.line.channels[NAME], sandbox.mail.to
    by_line = [
        (state, line.accepted[user]) for ch, _, state, _, user in rows if ch == "line"
    ]
    ads = [
        (state, mail[email]) for ch, ad, state, email, _ in rows if ch == "mail" and ad
    ]
    others = [
        (state, mail[email])
        for ch, ad, state, email, _ in rows
        if ch == "mail" and not ad
    ]
    for name, found in (
        ("LINE", by_line),
        ("advertising mail", ads),
        ("other mail", others),
    ):
        print(f"  {name}: (state, arrived) → {dict(sorted(Counter(found).items()))}")
    checks = {
        "the ledger adds up": len(rows) == messages,
        "on LINE each got one message and is marked sent": set(by_line) == {(2, 1)},
        "no advertising mail arrived twice": all(count <= 1 for _, count in ads),
        "what is marked sent arrived": all(
            count for state, count in ads + others if state == 2
        ),
        "refused mail did not arrive": not any(
            count for state, count in ads + others if state == 4
        ),
        "other mail arrived at most twice": all(count <= 2 for _, count in others),
        "no key was used for something else": line.mismatched_keys == 0,
        "every delivery ended": not {state for state, _ in by_line + ads + others}
        & {0, 1},
    }
    statuses, said = (
        dict(sorted(sandbox.line.statuses.items())),
        dict(sandbox.mail.answers),
    )
    print(f"  {kills} kills; LINE answered {statuses}, SMTP {said}")
    return report_checks(checks)


def run(messages: int = 20_000, kills: int = 50) -> int:
    from sandbox.mailcatcher import MailFaults
    from sandbox.serving import Sandbox

    with Sandbox(record="counts") as sandbox:
        started = time.monotonic()
        tenant_id = set_up(sandbox, messages)
        sandbox.line.faults = type(sandbox.line.faults)(**LINE_FAULTS)
        sandbox.mail.faults = MailFaults(**MAIL_FAULTS)
        workers = Workers(sandbox.line_url, PER_SECOND)
        try:
            done = torment(workers, tenant_id, kills)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while count_open(tenant_id) and time.monotonic() < deadline:
                time.sleep(1)
        finally:
            workers.end()
        print(f"  {messages:,} messages in {time.monotonic() - started:.0f} s")
        return judge(tenant_id, sandbox, messages, done)


if __name__ == "__main__":
    prepare("faults")
    sys.exit(run(*map(int, sys.argv[1:])))
