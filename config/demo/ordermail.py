"""Order mails of the demo shop: its forwarding address, the masks of さくらモール, and its calendar."""

from datetime import time

from cartsync.models import OrderMailMask
from cartsync.ordermail.masks import save_mask
from messaging.calendar.manage import save_calendar
from messaging.models import Mailbox
from sandbox.mall.mails import ORDER_BODY, ORDER_SUBJECT, SENDER, SHIPPED_SUBJECT
from sandbox.mall.pages import DEMO_TOKEN

MALL = "さくらモール"
ANCHORS = {
    "number": "[注文番号]",
    "ordered_at": "[注文日時]",
    "name": "[お名前]",
    "email": "[メールアドレス]",
    "phone": "[電話番号]",
    "products": "[商品]",
    "total": "[合計金額]",
}
SAMPLE = {
    "number": "SM-0001", "ordered_at": "2026/11/30 10:15", "name": "見本 花子", "email": "sample@example.jp",
    "phone": "090-1234-5678", "product": "うるおい美容液", "total": "3,980",
}  # fmt: skip


def make_order_mails() -> None:
    """Make what reads the mails of the mall in the demo cart."""
    Mailbox.objects.create(
        name="さくらモールの転送",
        kind=Mailbox.Kind.OWN,
        token=DEMO_TOKEN,
        host="",
        port=0,
        username="",
        password="",
        senders=SENDER,
    )
    save_mask(build_mask("注文確認", OrderMailMask.Kind.ORDER, tuple(ANCHORS)))
    save_mask(build_mask("発送", OrderMailMask.Kind.SHIPPED, ("number", "email")))
    save_calendar({5, 6}, True, time(12), False, 2)


def build_mask(name: str, kind: str, fields: tuple[str, ...]) -> OrderMailMask:
    is_order = kind == OrderMailMask.Kind.ORDER
    return OrderMailMask(
        name=f"{MALL} {name}",
        mall=MALL,
        kind=kind,
        subject_part=(ORDER_SUBJECT if is_order else SHIPPED_SUBJECT).rpartition("】")[
            2
        ],
        sender=SENDER,
        anchors={
            field: {"before": ANCHORS[field], "after": "", "pick": ""}
            for field in fields
        },
        sample_subject=ORDER_SUBJECT if is_order else "",
        sample=ORDER_BODY.format(**SAMPLE) if is_order else "",
    )
