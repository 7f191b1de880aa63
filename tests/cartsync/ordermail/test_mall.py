"""The mall of the sandbox writes as real ones do, and the demo shop's masks read it, whatever the encoding."""

import asyncio
import urllib.request
from datetime import datetime

import pytest

from cartsync.models import CartOrder, OrderMail
from config.demo.ordermail import make_order_mails
from messaging.mailboxes.handle import handle_waiting_mails
from messaging.mailboxes.mime import decode_mail
from messaging.models import IncomingMail, Mailbox
from messaging.receiver.addresses import build_own_address, find_own_mailbox
from messaging.receiver.store import store_received_mail
from sandbox.mall.encode import CHARSETS, encode_jis
from sandbox.mall.mails import MallOrder, build_mail
from sandbox.mall.pages import DEMO_TOKEN, USUAL, Mall
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id
from tests.messaging.conftest import line as line
from tests.messaging.conftest import one_sandbox as one_sandbox

AT = datetime(2026, 11, 30, 10, 15)


def make_order(charset: str, number: str = "SM-1") -> MallOrder:
    return MallOrder(
        number,
        AT,
        "髙橋 花子",
        "hanako@example.jp",
        "090-1234-5678",
        "美容液①",
        3980,
        charset,
    )


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_encoding_comes_back(charset: str) -> None:
    mail = decode_mail(build_mail(make_order(charset), False, "to@in.example.jp"))
    assert mail.subject == "【さくらモール】ご注文内容の確認"
    assert mail.sender_name == "さくらモール"
    assert "[お名前] 髙橋 花子 様\n" in mail.text
    assert "[商品] 美容液①\n" in mail.text
    assert mail.text.endswith("㈱さくらモール ①番街店")


def test_jis_of_what_only_microsoft_has() -> None:
    assert encode_jis("A①髙") == b"A\x1b$B-!|b\x1b(B"


def test_the_demo_shop_reads_orders_and_their_shipping(
    sakura: Tenant, settings: object
) -> None:
    make_order_mails()
    address = build_own_address(Mailbox.objects.get())
    assert get_current_tenant_id() == sakura.pk
    assert find_own_mailbox(address) == (sakura, Mailbox.objects.get().pk)
    for n, charset in enumerate(CHARSETS):
        order = make_order(charset, f"SM-{n}")
        assert store_received_mail(address, build_mail(order, False, address))
        assert store_received_mail(address, build_mail(order, True, address))
    handle_waiting_mails(sakura)
    kinds = IncomingMail.objects.order_by("pk").values_list("handled_as", flat=True)
    assert list(kinds) == ["order", "shipped"] * len(CHARSETS)
    rows = CartOrder.objects.order_by("number")
    assert list(rows.values_list("number", "name", "email_key", "total")) == [
        (f"SM-{n}", "髙橋 花子", "hanako@example.jp", 3980)
        for n in range(len(CHARSETS))
    ]
    assert rows.exclude(shipped_at=None).count() == len(CHARSETS)
    assert set(OrderMail.objects.values_list("state", flat=True)) == {"booked"}
    assert DEMO_TOKEN in address


def test_the_mall_sends_by_smtp(line: Sandbox) -> None:
    mall = Mall(line.smtp_port)
    order = mall.place_order({**USUAL, "to": "demo-x@in.example.jp"})
    asyncio.run(mall.send_mail(order.number, False))
    (mail,) = line.mail.mails
    assert (mail.to, mail.subject) == (
        "demo-x@in.example.jp",
        "【さくらモール】ご注文内容の確認",
    )
    with urllib.request.urlopen(f"{line.cart_url}/mall/") as page:
        assert "注文する（注文確認メールを送る）" in page.read().decode()
