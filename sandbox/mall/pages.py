"""さくらモール in the demo cart: orders that no API tells of, only mails."""

import itertools
import os
from datetime import datetime

import aiosmtplib
from aiohttp import web

from sandbox.mall.encode import CHARSETS
from sandbox.mall.mails import SENDER, MallOrder, build_mail
from sandbox.pages import read_form, redirect_to, render_page

# The forwarding address that config.demo gives the demo shop.
DEMO_TOKEN = "sakurademosakurademo"  # noqa: S105
DEMO_ADDRESS = f"demo-{DEMO_TOKEN}@in.example.jp"
USUAL = {
    "name": "髙橋 花子",
    "email": "takahashi@example.jp",
    "phone": "090-1234-5678",
    "product": "うるおい美容液①",
    "total": "3980",
    "charset": "iso-2022-jp",
    "to": DEMO_ADDRESS,
}


class Mall:
    """The orders of this run, and where their mails go: by SMTP to ``port`` of this machine."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or int(os.environ.get("RECEIVER_PORT", 1026))
        self.orders: dict[str, tuple[MallOrder, str]] = {}
        self.numbers = itertools.count(1)

    def place_order(self, values: dict[str, str]) -> MallOrder:
        """Note an order; ValueError for an amount or a charset that is none."""
        if values["charset"] not in CHARSETS:
            raise ValueError("文字コードを選んでください。")
        now = datetime.now()
        order = MallOrder(
            f"SM-{now:%m%d%H%M%S}-{next(self.numbers)}",
            now,
            values["name"],
            values["email"],
            values["phone"],
            values["product"],
            int(values["total"]),
            values["charset"],
        )
        self.orders[order.number] = order, values["to"]
        return order

    async def send_mail(self, number: str, shipped: bool) -> None:
        order, to = self.orders[number]
        await aiosmtplib.send(
            build_mail(order, shipped, to),
            sender=SENDER,
            recipients=[to],
            hostname="127.0.0.1",
            port=self.port,
            start_tls=False,
            timeout=10,
        )


MALL = web.AppKey("mall", Mall)


def add_mall(app: web.Application, mall: Mall) -> None:
    app[MALL] = mall
    app.router.add_get("/mall/", show_mall)
    app.router.add_post("/mall/", create_mall_order)
    app.router.add_post("/mall/ship", send_shipped_mail)


def render_mall(
    request: web.Request, values: dict[str, str], error: str = ""
) -> web.Response:
    orders = [order for order, _to in reversed(request.app[MALL].orders.values())]
    return render_page(
        "cart/mall.html",
        status=422 if error else 200,
        here="mall",
        values=values,
        charsets=list(CHARSETS.items()),
        orders=orders,
        done=request.query.get("done"),
        error=error,
    )


async def show_mall(request: web.Request) -> web.Response:
    return render_mall(request, USUAL)


async def create_mall_order(request: web.Request) -> web.Response:
    """Place an order and send its mail."""
    values = {**USUAL, **await read_form(request)}
    mall = request.app[MALL]
    try:
        order = mall.place_order(values)
    except ValueError:
        error = "金額は数字で入力し、文字コードを選んでください。"
        return render_mall(request, values, error)
    return await send_or_say_why(request, order.number, False)


async def send_shipped_mail(request: web.Request) -> web.Response:
    """Ship an order and send its mail."""
    number = (await read_form(request)).get("number", "")
    mall = request.app[MALL]
    if number not in mall.orders:
        raise web.HTTPNotFound(text="この注文はありません。")
    mall.orders[number][0].shipped = True
    return await send_or_say_why(request, number, True)


async def send_or_say_why(
    request: web.Request, number: str, shipped: bool
) -> web.Response:
    try:
        await request.app[MALL].send_mail(number, shipped)
    except (aiosmtplib.SMTPException, OSError) as error:
        text = f"メールを送れませんでした：{error}"
        return render_mall(request, USUAL, text)
    return redirect_to("/mall/?done=mail")
