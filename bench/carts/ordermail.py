"""Order mails that lie stored are read by their mask and booked, batch by batch, as the worker does.

Beside it: what fetching them from a real IMAP server costs, and reading the longest mail.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.faults.ordermails import write_mail
from bench.imap_server import SECRET, USER, ImapServer
from bench.stage import Table, owner, shop

MAILS = int(os.environ.get("MAILS", "100000"))
FETCHED = min(MAILS, 2000)
# A tenth of the buyers come again.
BUYERS = MAILS * 9 // 10
START = datetime(2026, 11, 1, tzinfo=UTC)
BODY = """{name} 様

このたびはご注文いただき、ありがとうございます。

ご注文番号：{number}
ご注文日時：2026年11月30日 10時05分
お名前：{name} 様
メールアドレス：{email}
電話番号：{phone}

商品名：美容液 30ml
商品名：化粧水 120ml
お支払い合計：12,800円
"""
ANCHORS = {
    "number": "ご注文番号：",
    "ordered_at": "ご注文日時：",
    "name": "お名前：",
    "email": "メールアドレス：",
    "phone": "電話番号：",
    "products": "商品名：",
    "total": "お支払い合計：",
}


def run(table: Table) -> None:
    from django.db import transaction

    from cartsync.models import CartOrder
    from cartsync.ordermail.reading import prepare_text
    from messaging.mailboxes.handle import handle_waiting_mails
    from tenants.scope import open_tenant_scope

    tenant = shop(f"ordermails-{time.time_ns()}")
    with open_tenant_scope(tenant):
        with transaction.atomic():
            store_mails()
        with owner() as db:
            db.execute("VACUUM ANALYZE messaging_incomingmail")
        started = time.perf_counter()
        handle_waiting_mails(tenant)
        taken = time.perf_counter() - started
        with transaction.atomic():
            assert CartOrder.objects.count() == MAILS
    print(
        f"{MAILS:,} stored order mails read and booked: {taken:.1f} s"
        f" ({taken / MAILS * 1000:.2f} ms each)"
    )
    fetched = time_fetching(tenant)
    print(
        f"{FETCHED:,} mails fetched from an IMAP server and stored: {fetched:.1f} s"
        f" ({fetched / FETCHED * 1000:.2f} ms each)"
    )
    text = prepare_text("ご注文", BODY.format(**describe_buyer(1)) * 400)
    print(f"a mail of {len(text.encode()):,} bytes read: {time_reading(text):.1f} ms")


def describe_buyer(n: int) -> dict[str, str]:
    buyer = n % BUYERS
    return {
        "number": f"SK-{n:07}",
        "name": f"山田 花子{buyer}",
        "email": f"buyer{buyer}@example.jp",
        "phone": f"090-{buyer // 10_000 + 1000:04}-{buyer % 10_000:04}",
    }


def store_mails() -> None:
    from cartsync.models import OrderMailMask
    from messaging.models import IncomingMail, Mailbox

    box = Mailbox.objects.create(
        name="計測",
        kind="imap",
        host="imap.example.jp",
        port=993,
        username="u",
        password="p",
        senders="shop.example.jp",
    )
    OrderMailMask.objects.create(
        name="本店",
        mall="本店",
        kind="order",
        subject_part="ご注文",
        anchors={
            name: {
                "before": before,
                "after": "様" if name == "name" else "",
                "pick": "",
            }
            for name, before in ANCHORS.items()
        },
    )
    IncomingMail.objects.bulk_create(
        (
            IncomingMail(
                mailbox=box,
                digest=f"{n:064}",
                message_id=f"<{n}@mall>",
                received_at=START + timedelta(seconds=n),
                sender="order@shop.example.jp",
                subject="ご注文ありがとうございます",
                text=BODY.format(**describe_buyer(n)),
            )
            for n in range(MAILS)
        ),
        batch_size=2000,
    )


def time_fetching(tenant: Any) -> float:
    """Return the seconds of one reading of a mailbox with so many new mails; the server's own time is in them."""
    from django.db import transaction

    from messaging.mailboxes.poll import poll_mailbox
    from messaging.models import IncomingMail, Mailbox
    from tenants.scope import open_tenant_scope

    imap = ImapServer()
    try:
        with open_tenant_scope(tenant):
            with transaction.atomic():
                box = Mailbox.objects.create(
                    name="受信の計測",
                    kind="imap",
                    host="127.0.0.1",
                    port=imap.port,
                    security="none",
                    username=USER,
                    password=SECRET,
                )
            poll_mailbox(tenant, box.pk)  # an empty mailbox: from here on all is new
            imap.put(*map(write_mail, range(FETCHED)))
            started = time.perf_counter()
            poll_mailbox(tenant, box.pk)
            taken = time.perf_counter() - started
            with transaction.atomic():
                assert IncomingMail.objects.filter(mailbox=box).count() == FETCHED
    finally:
        imap.stop()
    return taken


def time_reading(text: str) -> float:
    """Return the milliseconds of reading a long mail, the best of five."""
    from zoneinfo import ZoneInfo

    from cartsync.ordermail.reading import Anchor, read_mail
    from cartsync.ordermail.values import MailField

    anchors = {MailField(name): Anchor(before) for name, before in ANCHORS.items()}
    best = 9e9
    for _turn in range(5):
        started = time.perf_counter()
        read_mail(text, anchors, ZoneInfo("Asia/Tokyo"))
        best = min(best, time.perf_counter() - started)
    return best * 1000
