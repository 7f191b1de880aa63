"""The same shop as a cart of another make tells it: /second/v1/{members,purchases,contracts}, in plain JSON.

Nothing in it is named or built as at /api/v2: a cursor in place of page numbers, a header of its own, values one level
deeper. It is there to be set up on screen as その他のカート（REST API）; /second/ is its reference.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.cart.shop import JST, Row
from sandbox.cart.state import CartState
from sandbox.pages import render_page

HEADER = "X-Shop-Key"
MOST, USUAL = 100, 50  # rows of a page
PAYMENTS = {
    "completed": "入金済み",
    "authed": "与信完了",
    "pending": "注文受付",
    "voided": "キャンセル",
}
CONTRACTS = {"active": "継続中", "suspend": "休止中", "canceled": "解約済み"}
MEMBERS = {"withdrawn": "退会", "guest": "ゲスト"}
Build = Callable[[Row], dict[str, Any]]


def format_second_time(stamp: str) -> str:
    """Return "2026/11/22 14:30:05.123456" as this cart writes it: 2026-11-22T14:30:05."""
    return stamp[:19].replace("/", "-").replace(" ", "T")


def build_second_member(row: Row) -> dict[str, Any]:
    return {
        "memberNo": row["id"],
        "code": row["number"],
        "sei": row["name01"],
        "mei": row["name02"],
        "kana": f"{row['kana01']} {row['kana02']}",
        "contact": {"mail": row["email"], "tel": row["full_tel"]},
        "status": MEMBERS.get(row["state"], "会員"),
        "balance": {"points": row.get("point") or 0},
        "lastUpdate": format_second_time(row["updated_at"]),
    }


def build_second_purchase(row: Row) -> dict[str, Any]:
    shipped = row.get("shipped_at")
    return {
        "slipNo": row["number"],
        "memberNo": row["customer_id"],
        "payment": {
            "word": PAYMENTS.get(row["payment_state"], row["payment_state"]),
            "amount": row["total"],
        },
        "item": {"code": row["product_number"], "title": row["product_name"]},
        "boughtAt": format_second_time(row["created_at"]),
        "lastUpdate": format_second_time(row["updated_at"]),
        "sentAt": format_second_time(shipped) if shipped else None,
    }


def build_second_contract(row: Row) -> dict[str, Any]:
    following = row.get("scheduled_to_be_delivered_at")
    return {
        "contractNo": row["id"],
        "memberNo": row["customer_id"],
        "title": row["product_name"],
        "phase": CONTRACTS.get(row["state"], row["state"]),
        "round": row["times"],
        "nextDay": format_second_time(following) if following else None,
        "lastUpdate": format_second_time(row["updated_at"]),
    }


RESOURCES: dict[str, tuple[str, Build]] = {
    "members": ("customers", build_second_member),
    "purchases": ("orders", build_second_purchase),
    "contracts": ("subs_orders", build_second_contract),
}


def answer_second(cart: CartState, name: str, query: dict[str, str]) -> dict[str, Any]:
    """Return one page of a resource. Raises ValueError for what the query must not say."""
    table, build = RESOURCES[name]
    rows = [build(row) for row in cart.tables[table].values()]
    for key, keep_later in (("from", True), ("to", False)):
        if key in query:
            limit = read_limit(query[key])
            rows = [row for row in rows if (row["lastUpdate"] >= limit) == keep_later]
    rows.sort(key=lambda row: row["lastUpdate"])
    size = min(int(query.get("limit", USUAL)), MOST)
    start = int(query.get("after", "c0").removeprefix("c"))
    part, following = rows[start : start + size], start + size
    ends = following >= len(rows)
    if ends:
        part = part[: max(0, len(part) - cart.switches.left_out)]
    mark = None if ends else f"c{following}"
    return {"result": {"list": part, "count": len(rows), "next": mark}}


def read_limit(given: str) -> str:
    """Return a time with an offset as the rows write theirs."""
    return datetime.fromisoformat(given).astimezone(JST).strftime("%Y-%m-%dT%H:%M:%S")


def add_second(app: web.Application, key: web.AppKey[CartState]) -> None:
    async def show_reference(request: web.Request) -> web.Response:
        switches = request.app[key].switches
        return render_page(
            "cart/second.html", here="second", header=HEADER, token=switches.token
        )

    async def answer(request: web.Request) -> web.StreamResponse:
        cart = request.app[key]
        cart.requests += 1
        if cart.switches.slow_ms:
            await asyncio.sleep(cart.switches.slow_ms / 1000)
        if cart.switches.outage:
            page = "<html><body>メンテナンス中です。</body></html>"
            return web.Response(status=503, text=page, content_type="text/html")
        if cart.over_rate():
            wait = {"Retry-After": str(cart.switches.retry_after)}
            return web.json_response({"fault": "too many"}, status=429, headers=wait)
        given = request.headers.get(HEADER, "")
        if not secrets.compare_digest(given.encode(), cart.switches.token.encode()):
            return web.json_response({"fault": "who are you"}, status=401)
        try:
            body = answer_second(cart, request.match_info["name"], dict(request.query))
        except ValueError:
            return web.json_response({"fault": "bad parameter"}, status=400)
        return web.json_response(body)

    app.router.add_get("/second/", show_reference)
    names = "|".join(RESOURCES)
    app.router.add_get(f"/second/v1/{{name:{names}}}", answer)
