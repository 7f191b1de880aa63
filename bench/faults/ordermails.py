"""Order mails, and all that goes wrong on their way: each order is booked once, and starts its messages once.

`python -m bench.faults.ordermails [ORDERS]`. A reader that is killed again and again while it reads a real IMAP server;
the same mail fifty times; half a mail; a server that is gone, and comes back with other numbers.
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

from bench.imap_server import SECRET, USER, ImapServer
from bench.stage import ROOT, prepare, report_checks, shop

NAME = f"ordermails-{int(time.time())}"
KILLS, COPIES, LATER, PATIENCE_SECONDS = 20, 50, 10, 300
BODY = (
    "ご注文番号：{number}\r\nお名前：山田 花子 様\r\nメールアドレス：{email}\r\n"
    "商品名：美容液\r\nお支払い合計：3,980円\r\n"
)
ANCHORS = {
    name: {"before": before, "after": "様" if name == "name" else "", "pick": ""}
    for name, before in (
        ("number", "ご注文番号："),
        ("name", "お名前："),
        ("email", "メールアドレス："),
        ("products", "商品名："),
        ("total", "お支払い合計："),
    )
}


def write_mail(n: int) -> bytes:
    """Return the mail of the ``n``-th order; three orders are of one buyer."""
    head = (
        f"Received: from mall by shop; Mon, 30 Nov 2026 12:00:05 +0900\r\nMessage-ID: <order-{n}@mall>\r\n"
        "From: <order@mall.example.jp>\r\nSubject: =?UTF-8?B?44GU5rOo5paH?=\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    body = BODY.format(number=f"F-{n:05}", email=f"buyer{n // 3}@example.jp")
    return (head + body).encode()


def set_up(imap: ImapServer) -> tuple[Any, int]:
    """A shop with a mask and a scenario of two mails; returns it and its mailbox's key."""
    from django.db import transaction

    from cartsync.models import OrderMailMask
    from messaging.models import MailAccount, Mailbox
    from tenants.scope import open_tenant_scope

    tenant = shop(NAME)
    with open_tenant_scope(tenant), transaction.atomic():
        MailAccount.objects.create(
            name="店",
            host="127.0.0.1",
            port=25,
            security="none",
            from_email="shop@example.jp",
        )
        OrderMailMask.objects.create(
            name="店", mall="店", kind="order", subject_part="ご注文", anchors=ANCHORS
        )
        make_follow_scenario()
        box = Mailbox.objects.create(
            name="注文",
            kind="imap",
            host="127.0.0.1",
            port=imap.port,
            security="none",
            username=USER,
            password=SECRET,
            senders="mall.example.jp",
        )
    return tenant, box.pk


def make_follow_scenario() -> None:
    """Make a scenario of two mails that an order starts."""
    from messaging.models import Content, Scenario, Step, Trigger, Way

    scenario = Scenario.objects.create(name="到着後", is_on=True, is_ad=False)
    Trigger.objects.create(scenario=scenario, kind="order")
    for days in (3, 10):
        content = Content.objects.create(
            kind="mail", mail={"subject": "お願い", "text": "いかがですか"}
        )
        Step.objects.create(
            scenario=scenario, delay=timedelta(days=days), way=Way.MAIL, content=content
        )


def read_once(tenant: Any, box: int) -> str:
    """Read the mailbox and book what came, as the worker does; return what was wrong with the mailbox."""
    from django.db import transaction

    from messaging.mailboxes.handle import handle_waiting_mails
    from messaging.mailboxes.poll import poll_mailbox
    from messaging.models import Mailbox
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant):
        poll_mailbox(tenant, box)
        handle_waiting_mails(tenant)
        with transaction.atomic():
            trouble: str = Mailbox.objects.get(pk=box).trouble
    return trouble


def read_for_ever(slug: str, box: int) -> None:
    """Be the reader that is killed."""
    from messaging.mailboxes import reading

    reading.BATCH_MAILS = 5  # so that a kill meets many beginnings and ends
    tenant = shop(slug)
    while True:
        read_once(tenant, box)
        print("read", flush=True)


def kill_readers(imap: ImapServer, box: int, orders: int) -> int:
    """Kill reader after reader at any moment while mails come in; return how many kills there were."""
    dice, part = random.Random(7), max(orders // KILLS, 1)
    environment = {**os.environ, "ENGINES_HELD": "1", "PYTHONWARNINGS": "ignore"}
    command = [
        sys.executable,
        "-m",
        "bench.faults.ordermails",
        "--read",
        NAME,
        str(box),
    ]
    for kill in range(KILLS):
        imap.put(*map(write_mail, range(kill * part, (kill + 1) * part)))
        reader = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert reader.stdout
        if (
            kill % 4 == 0
        ):  # now and then it comes through once, and dies in the second turn
            reader.stdout.readline()
        time.sleep(dice.uniform(1.5, 4.5))
        reader.send_signal(signal.SIGKILL)
        reader.wait()
    imap.put(*map(write_mail, range(KILLS * part, orders)))
    return KILLS


def count_all(tenant: Any) -> dict[str, Any]:
    from django.db import transaction

    from cartsync.models import CartOrder
    from members.models import Member
    from messaging.models import Delivery, Enrollment, IncomingMail
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        return {
            "orders": Counter(CartOrder.objects.values_list("number", flat=True)),
            "runs": Enrollment.objects.count(),
            "messages": Delivery.objects.count(),
            "buyers": Member.objects.count(),
            "mails": Counter(IncomingMail.objects.values_list("state", "handled_as")),
        }


def check_counts(found: dict[str, Any], orders: int) -> bool:
    return bool(
        found["orders"] == Counter(f"F-{n:05}" for n in range(orders))
        and (found["runs"], found["messages"]) == (orders, 2 * orders)
        and found["buyers"] == (orders + 2) // 3
    )


def run(orders: int = 120) -> int:
    checks: dict[str, bool] = {}
    imap = ImapServer()
    try:
        tenant, box = set_up(imap)
        read_once(tenant, box)  # an empty mailbox: from here on everything is news
        checks["the mailbox was read"] = not read_once(tenant, box)
        kills = kill_readers(imap, box, orders)
        read_once(tenant, box)
        found = count_all(tenant)
        what = f"{kills} kills: each order once, with one run and its messages"
        checks[what] = check_counts(found, orders)
        imap.put(*[write_mail(0)] * COPIES)
        read_once(tenant, box)
        checks[f"the same mail {COPIES} times changes nothing"] = (
            count_all(tenant) == found
        )
        half = write_mail(orders)
        imap.put(half[: half.index("メール".encode())])
        read_once(tenant, box)
        found = count_all(tenant)
        checks["half a mail is kept, and starts nothing"] = (
            check_counts(found, orders) and found["mails"]["handled", "unread"] == 1
        )
        imap.put(half)
        read_once(tenant, box)
        checks["the whole one is booked"] = check_counts(count_all(tenant), orders + 1)
        imap.stop()
        checks["a mailbox that is gone is said to be"] = (
            read_once(tenant, box) == "unreachable"
        )
        imap.start()
        imap.put(*map(write_mail, range(orders + 1 + LATER)))
        checks["it comes back with other numbers"] = not read_once(tenant, box)
        found = count_all(tenant)
        what = "all is read anew, and what is new alone is booked"
        checks[what] = check_counts(found, orders + 1 + LATER)
    finally:
        imap.stop()
    print(f"  {orders:,} orders, {KILLS} kills; mails {dict(found['mails'])}")
    return report_checks(checks)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        import django

        django.setup()
        read_for_ever(sys.argv[2], int(sys.argv[3]))
    prepare("faults")
    sys.exit(run(*map(int, sys.argv[1:])))
