"""The mails of a made-up mall, さくらモール: an order was placed, and it was shipped."""

import base64
import quopri
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, make_msgid

from sandbox.mall.encode import encode_header, encode_text

SENDER = "order@sakura-mall.example.jp"
ORDER_SUBJECT, SHIPPED_SUBJECT = (
    "【さくらモール】ご注文内容の確認",
    "【さくらモール】商品発送のお知らせ",
)
ORDER_BODY = """{name} 様

このたびはさくらモールをご利用いただき、ありがとうございます。
以下の内容でご注文を承りました。

------------------------------------------------------
[注文番号] {number}
[注文日時] {ordered_at}
[お名前] {name} 様
[メールアドレス] {email}
[電話番号] {phone}
[商品] {product}
[合計金額] {total}円（税込）
------------------------------------------------------

㈱さくらモール ①番街店
"""
SHIPPED_BODY = """{name} 様

ご注文の商品を発送いたしました。

[注文番号] {number}
[メールアドレス] {email}
[配送会社] さくら急便　[伝票番号] 1234-5678-9012

㈱さくらモール ①番街店
"""


@dataclass
class MallOrder:
    """An order of the mall. ``shipped``: the second mail was sent."""

    number: str
    ordered_at: datetime
    name: str
    email: str
    phone: str
    product: str
    total: int
    charset: str
    shipped: bool = False


def build_mail(order: MallOrder, shipped: bool, to: str) -> bytes:
    """Return the bytes of the order mail, or of the one about its shipping."""
    values = {
        **vars(order),
        "ordered_at": order.ordered_at.strftime("%Y/%m/%d %H:%M"),
        "total": f"{order.total:,}",
    }
    body = (SHIPPED_BODY if shipped else ORDER_BODY).format(**values)
    subject = SHIPPED_SUBJECT if shipped else ORDER_SUBJECT
    charset = "utf-8" if order.charset == "html" else order.charset
    kind, way, content = encode_body(body, order.charset)
    head = (
        f"From: {encode_header('さくらモール', charset)} <{SENDER}>\r\nTo: {to}\r\n"
        f"Subject: {encode_header(subject, charset)}\r\n"
        f"Date: {format_datetime(datetime.now().astimezone())}\r\n"
        f"Message-ID: {make_msgid(domain='sakura-mall.example.jp')}\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {way}\r\n\r\n"
    )
    return head.encode("ascii") + content


def encode_body(body: str, charset: str) -> tuple[str, str, bytes]:
    """Return the content type, the transfer encoding and the bytes."""
    if charset == "html":
        lines = "".join(f"<div>{line}</div>" for line in body.splitlines())
        page = f"<html><head><title>x</title></head><body>{lines}</body></html>"
        return "text/html", "base64", wrap_base64(page.encode())
    data = encode_text(body.replace("\n", "\r\n"), charset)
    if charset == "iso-2022-jp":
        return "text/plain", "7bit", data
    if charset == "shift_jis":
        coded = quopri.encodestring(data, quotetabs=True)
        return "text/plain", "quoted-printable", coded
    return "text/plain", "base64", wrap_base64(data)


def wrap_base64(data: bytes) -> bytes:
    text = base64.b64encode(data)
    lines = [text[start : start + 76] for start in range(0, len(text), 76)]
    return b"\r\n".join(lines) + b"\r\n"
