"""Dispatch of 2,000 mails, as they are and signed by us, to aiosmtpd in a process of its own."""

import asyncio
import os
import subprocess
import sys

from bench.messages.pushing import SCHEDULE
from bench.messages.simulator import SMTP_PORT, simulator
from bench.stage import ROOT, Table, fill, owner, shop

MAILS = 2_000
DOMAIN = "bench.example.jp"
TEXT = "{name|お客様}様\n\n" + "いつもご利用ありがとうございます。\n" * 40


def run(table: Table) -> None:
    with simulator():
        tenant_id, sender_id = stage()
        floor = plain_smtp()
        for what, signed in (("2,000 mails", False), ("… signed by us", True)):
            sign(tenant_id, signed)
            table.rates(what, ours(tenant_id, sender_id), floor, floor)


def stage() -> tuple[int, int]:
    """A shop with a mail account at the simulator, and members with addresses."""
    from django.db import transaction

    from members.models import Member
    from messaging.content.make import make_mail_content
    from messaging.models import Content, MailAccount
    from tenants.scope import open_tenant_scope

    tenant = shop("mailing")
    with open_tenant_scope(tenant), transaction.atomic():
        account = MailAccount.objects.first() or MailAccount.objects.create(
            name="bench",
            host="127.0.0.1",
            from_email=f"shop@{DOMAIN}",
            security="none",
            per_minute=1_000_000,
        )
        MailAccount.objects.update(port=SMTP_PORT)
        if not Content.objects.exists():
            make_mail_content("{name|お客様}様へのお知らせ", TEXT)
        new = not Member.objects.exists()
    if new:
        fill(
            Member,
            MAILS,
            tenant_id=str(tenant.pk),
            public_id="lpad(n::text, 12, 'm')",
            name="'会員' || n",
            email="'member' || n || '@example.jp'",
            email_key="'member' || n || '@example.jp'",
        )
    return tenant.pk, account.sender_id


def sign(tenant_id: int, signed: bool) -> None:
    """Give the domain a key whose record counts as seen, or none."""
    from django.db import transaction
    from django.utils import timezone

    from messaging.domains.manage import make_key
    from messaging.models import SendingDomain
    from tenants.models import Tenant
    from tenants.scope import open_tenant_scope

    tenant = Tenant.objects.get(pk=tenant_id)
    with open_tenant_scope(tenant), transaction.atomic():
        make_key(tenant, DOMAIN)
        since = timezone.now() if signed else None
        SendingDomain.objects.update(signing_since=since)


def ours(tenant_id: int, sender_id: int) -> float:
    """Mails a second by one sender process; the start of Python is not counted."""
    given = {
        "tenant_id": "m.tenant_id",
        "sender_id": str(sender_id),
        "channel": "'mail'",
        "member_id": "m.id",
        "content_id": f"(SELECT min(id) FROM messaging_content WHERE tenant_id = {tenant_id})",
        "planned_at": "now()",
        "due_at": "now()",
        "source": "2",
        "is_ad": "false",
    }
    sql = SCHEDULE.format(columns=", ".join(given), values=", ".join(given.values()))
    with owner() as db:
        db.execute(sql, {"tenant": tenant_id, "count": MAILS})
    command = [
        sys.executable,
        "-m",
        "bench.messages.sender",
        str(tenant_id),
        str(sender_id),
    ]
    environment = {**os.environ, "ENGINES_HELD": "1"}
    said = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    begin, end = map(float, said.stdout.split())
    return MAILS / (end - begin)


def plain_smtp() -> float:
    """aiosmtplib alone over ten connections, no database, the same mail each time: mails a second."""
    import time
    from email.message import EmailMessage

    import aiosmtplib

    message = EmailMessage()
    message["From"], message["To"] = f"shop@{DOMAIN}", "member@example.jp"
    message["Subject"] = "お知らせ"
    message.set_content(TEXT)
    raw = message.as_bytes()

    async def send(count: int) -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=SMTP_PORT, use_tls=False, start_tls=False
        ) as smtp:
            for _ in range(count):
                await smtp.sendmail(f"shop@{DOMAIN}", ["member@example.jp"], raw)

    async def send_all() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(send(MAILS // 10) for _ in range(10)))
        return time.perf_counter() - started

    return MAILS / asyncio.run(send_all())
