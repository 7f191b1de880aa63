"""Dispatch of 20,000 pushes out of filled tables, against the simulator in a process of its own."""

import asyncio
import json
import os
import subprocess
import sys
import time

from bench.messages.simulator import URL, accepted, simulator, tell
from bench.stage import ROOT, Table, fill, owner, shop

PUSHES, PLAIN_PUSHES, OLD = 20_000, 2_000, 500_000
LIMIT, NO_LIMIT = 2_000, 1_000_000


def run(table: Table) -> None:
    with simulator():
        tenant_id, accounts = stage()
        floor, plain = bare(), by_celery(accounts[0])
        table.rates(
            "20,000 pushes, one account, no limit",
            ours(tenant_id, accounts[:1], NO_LIMIT),
            plain,
            floor,
        )
        table.rates(
            "… one account, LINE's limit of 2,000/s",
            ours(tenant_id, accounts[:1], LIMIT),
            plain,
            floor,
        )
        table.rates(
            "… two accounts, two senders, 2,000/s each",
            ours(tenant_id, accounts, LIMIT),
            plain,
            floor,
        )


def stage() -> tuple[int, list[int]]:
    """Two accounts with 20,000 friends; half a million old deliveries with their attempts lie in the tables."""
    from django.db import transaction

    from members.models import Member
    from messaging.models import Content, LineAccount
    from tenants.scope import open_tenant_scope

    tenant = shop("pushing")
    with open_tenant_scope(tenant), transaction.atomic():
        accounts = [
            LineAccount.objects.get_or_create(
                channel_id=f"bench{n}",
                defaults={
                    "name": "公式",
                    "channel_secret": "s",
                    "access_token": f"t{n}",
                    "login_channel_id": "1",
                    "liff_id": "1-a",
                },
            )[0].sender_id
            for n in (1, 2)
        ]
        content = Content.objects.first() or Content.objects.create(
            text="{name}様、こんにちは。"
        )
        new = not Member.objects.exists()
    for n in (1, 2):
        channel = {
            "channel_id": f"bench{n}",
            "channel_secret": "s",
            "access_token": f"t{n}",
            "quota": None,
        }
        tell("/sandbox/channels", channel)
        friends = [
            {"user_id": f"U{i:032d}", "name": f"会員{i}"} for i in range(1, PUSHES + 1)
        ]
        tell("/sandbox/friends", {"channel_id": f"bench{n}", "friends": friends})
    if new:
        fill_tables(tenant.pk, accounts[0], content.pk)
    return tenant.pk, accounts


def fill_tables(tenant: int, account: int, content: int) -> None:
    from members.models import Member

    fill(
        Member,
        PUSHES,
        tenant_id=str(tenant),
        public_id="lpad(n::text, 12, 'b')",
        name="'会員' || n",
        line_user_id="'U' || lpad(n::text, 32, '0')",
        line_state="'friend'",
        link_state="'known'",
    )
    fill_old_messages(tenant, account, content)


def fill_old_messages(tenant: int, account: int, content: int) -> None:
    """Make what was sent 40 days ago."""
    from messaging.models import Call, Delivery

    at = "now() - interval '40 days'"
    member = f"(SELECT min(id) FROM members_member WHERE tenant_id = {tenant}) + n % {PUSHES}"
    fill(
        Call,
        OLD,
        tenant_id=str(tenant),
        sender_id=str(account),
        kind="'push'",
        key="gen_random_uuid()",
        state="1",
        content_id=str(content),
        to="'[\"U\"]'",
        due_at=at,
        first_tried_at=at,
        finished_at=at,
        status="200",
        doubts="0",
        tries="1",
        values="NULL",
    )
    call = f"(SELECT min(id) - 1 FROM messaging_call WHERE tenant_id = {tenant}) + n"
    fill(
        Delivery,
        OLD,
        tenant_id=str(tenant),
        sender_id=str(account),
        member_id=member,
        content_id=str(content),
        state="2",
        planned_at=at,
        due_at=at,
        finished_at=at,
        tries="1",
        public_id="uuidv7()",
        channel="'line'",
        source="0",
        call_id=call,
    )


SCHEDULE = """
INSERT INTO messaging_delivery ({columns})
SELECT {values} FROM members_member m WHERE m.tenant_id = %(tenant)s ORDER BY m.id LIMIT %(count)s
"""


def schedule(tenant_id: int, account: int, count: int, source: int = 0) -> None:
    """``count`` deliveries of a sender, due now."""
    given = {
        "tenant_id": "m.tenant_id",
        "sender_id": str(account),
        "member_id": "m.id",
        "content_id": f"(SELECT min(id) FROM messaging_content WHERE tenant_id = {tenant_id})",
        "planned_at": "now()",
        "due_at": "now()",
        "source": str(source),
    }
    sql = SCHEDULE.format(columns=", ".join(given), values=", ".join(given.values()))
    with owner() as db:
        db.execute(sql, {"tenant": tenant_id, "count": count})


def ours(tenant_id: int, accounts: list[int], per_second: int) -> float:
    """Pushes a second over all accounts, one sender process for each; the start of Python is not counted."""
    for account in accounts:
        schedule(tenant_id, account, PUSHES)
    before = accepted()
    environment = {
        **os.environ,
        "LINE_API_URL": URL,
        "LINE_PUSH_PER_SECOND": str(per_second),
        "ENGINES_HELD": "1",
    }
    senders = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bench.messages.sender",
                str(tenant_id),
                str(account),
            ],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for account in accounts
    ]
    spans = [tuple(map(float, sender.communicate()[0].split())) for sender in senders]
    sent = accepted() - before
    assert sent == PUSHES * len(accounts), (
        f"{sent:,} of {PUSHES * len(accounts):,} arrived"
    )
    return sent / (max(end for _, end in spans) - min(start for start, _ in spans))


def bare() -> float:
    """aiohttp alone, 64 in flight, no database: what the two cores give with this simulator."""
    import aiohttp

    body = json.dumps(
        {
            "to": f"U{1:032d}",
            "messages": [{"type": "text", "text": "会員様、こんにちは。"}],
        }
    ).encode()
    headers = {"Authorization": "Bearer t1", "Content-Type": "application/json"}

    async def pusher(session: aiohttp.ClientSession, count: int) -> None:
        for _ in range(count):
            async with session.post(
                f"{URL}/v2/bot/message/push", data=body, headers=headers
            ) as answer:
                await answer.read()

    async def all_of_them() -> float:
        started = time.perf_counter()
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0)
        ) as session:
            await asyncio.gather(*(pusher(session, PUSHES // 64) for _ in range(64)))
        return time.perf_counter() - started

    return PUSHES // 64 * 64 / asyncio.run(all_of_them())


def by_celery(account: int) -> float:
    """A task for each push, LINE's own client in it, the row marked afterwards: the way of the tutorials."""
    from bench.messages.plain import push

    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.messages.plain",
            "-q",
            "worker",
            "-Q",
            "plain",
            "-c",
            "4",
            "-l",
            "error",
        ],
        env={
            **os.environ,
            "BENCH_LINE_URL": URL,
            "ENGINES_HELD": "1",
            "PYTHONWARNINGS": "ignore",
        },
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        start = accepted()
        push.apply_async(args=("U" + "0" * 31 + "1", 0), queue="plain")
        while accepted() == start:
            time.sleep(0.1)
        before, started = accepted(), time.perf_counter()
        for number in range(PLAIN_PUSHES):
            push.apply_async(
                args=(f"U{number % PUSHES + 1:032d}", number), queue="plain"
            )
        while accepted() - before < PLAIN_PUSHES:
            time.sleep(0.05)
        return PLAIN_PUSHES / (time.perf_counter() - started)
    finally:
        worker.terminate()
        worker.wait()
