"""The cart's admin API: /api/v2/admin/{customers,orders,subs_orders}.json, and /sandbox/cart/* for tests."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.cart.jsonapi import (
    build_address,
    build_document,
    collect_included,
    cut_page,
)
from sandbox.cart.ransack import parse_conditions, select_rows, sort_rows
from sandbox.cart.state import CartState

CART = web.AppKey("cart", CartState)
BASE = "/api/v2/admin"
# The cart's own codes where they are known (ACU, AOR, ASO + 2001, ASO3002, …9999); AAU… are ours.
NOT_FOUND = {"customers": "ACU2001", "orders": "AOR2001", "subs_orders": "ASO2001"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_cart_api(app: web.Application) -> None:
    for name in NOT_FOUND:
        app.router.add_get(
            f"{BASE}/{name}.json", guard_handler(make_list_handler(name))
        )
        app.router.add_get(
            f"{BASE}/{name}/{{id:\\d+}}.json", guard_handler(make_detail_handler(name))
        )
    app.router.add_put(
        f"{BASE}/subs_orders/{{id:\\d+}}.json", guard_handler(change_subscription)
    )
    app.router.add_get("/sandbox/cart/settings", handle_switches)
    app.router.add_post("/sandbox/cart/settings", handle_switches)
    app.router.add_post("/sandbox/cart/customers", make_change_handler(add_customer))
    app.router.add_put(
        "/sandbox/cart/customers/{id:\\d+}", make_change_handler(edit_customer)
    )
    app.router.add_post("/sandbox/cart/orders", make_change_handler(add_order))
    app.router.add_post(
        "/sandbox/cart/subscriptions", make_change_handler(add_subscription)
    )


def build_error(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response(
        {"errors": [{"code": code, "message": message}]}, status=status, headers=headers
    )


def guard_handler(handler: Handler) -> Handler:
    """Wrap a handler: first the switches, as a broken cart does not look at tokens; then the token."""

    async def inside(request: web.Request) -> web.StreamResponse:
        cart = request.app[CART]
        cart.requests += 1
        switches = cart.switches
        if switches.slow_ms:
            await asyncio.sleep(switches.slow_ms / 1000)
        if switches.outage:
            page = "<html><head><title>503 Service Unavailable</title></head><body>メンテナンス中です。</body></html>"
            return web.Response(status=503, text=page, content_type="text/html")
        if cart.over_rate():
            wait = {"Retry-After": str(switches.retry_after)}
            return build_error(
                429,
                "AAU0429",
                "リクエストが多すぎます。時間をおいてやり直してください。",
                wait,
            )
        given = request.headers.get("Authorization", "")
        if not secrets.compare_digest(
            given.encode(), f'Token token="{switches.token}"'.encode()
        ):
            return build_error(
                401, "AAU0401", "認証に失敗しました。トークンを確認してください。"
            )
        return await handler(request)

    return inside


def make_list_handler(name: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        cart = request.app[CART]
        query = list(request.query.items())
        rows, ignored = select_rows(
            list(cart.tables[name].values()), parse_conditions(query)
        )
        rows = sort_rows(rows, request.query.get("sort", ""))
        part, meta, links = cut_page(
            rows, query, f"{request.url.origin()}{request.path}"
        )
        if cart.switches.total_pages != "right":
            meta.pop("total_pages")
            meta |= {"total_pages": 0} if cart.switches.total_pages == "zero" else {}
        part = part[: max(0, len(part) - cart.switches.left_out)]
        extra = collect_included(
            name, part, request.query.get("include", ""), cart.tables
        )
        body = {
            "data": [build_document(name, row) for row in part],
            "meta": meta,
            "links": links,
        }
        # The real cart says nothing about a filter it doesn't know; a header keeps the answer like the real one.
        headers = {"X-Sandbox-Ignored": ",".join(ignored)} if ignored else {}
        return web.json_response(
            body | ({"included": extra} if extra else {}), headers=headers
        )

    return handler


def make_detail_handler(name: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        cart = request.app[CART]
        row = cart.tables[name].get(int(request.match_info["id"]))
        if row is None:
            return build_not_found(name)
        extra = collect_included(
            name, [row], request.query.get("include", ""), cart.tables
        )
        return web.json_response(
            {"data": build_document(name, row)} | ({"included": extra} if extra else {})
        )

    return handler


def build_not_found(name: str) -> web.Response:
    return build_error(
        404, NOT_FOUND[name], f"{name.removesuffix('s')}が見つかりません。"
    )


async def change_subscription(request: web.Request) -> web.StreamResponse:
    """Change a subscription.

    {"subs_order": {state, cancel_reason_ids, suspend_reason_ids, scheduled_to_be_delivered_at, times, memo01}}
    """
    cart = request.app[CART]
    try:
        values = (await request.json())["subs_order"]
        row = cart.edit_subscription(int(request.match_info["id"]), dict(values))
    except KeyError as missing:
        if missing.args == ("subs_order",):
            return build_error(422, "ASO3001", "subs_orderパラメータが必要です。")
        return build_not_found("subs_orders")
    except (TypeError, ValueError) as wrong:
        return build_error(422, "ASO3002", str(wrong))
    return web.json_response({"data": build_document("subs_orders", row)})


async def handle_switches(request: web.Request) -> web.StreamResponse:
    """Return the switches {token, outage, slow_ms, …} (state.Switches); a POST changes those it names."""
    cart = request.app[CART]
    if request.method == "POST":
        try:
            cart.switch(**await request.json())
        except (TypeError, ValueError) as wrong:
            return web.json_response(
                {"message": f"指定が正しくありません：{wrong}"}, status=400
            )
    counts = {name: len(rows) for name, rows in cart.tables.items()}
    return web.json_response(
        {**asdict(cart.switches), "requests": cart.requests, "rows": counts}
    )


def make_change_handler(
    verb: Callable[[CartState, dict[str, Any], int], dict[str, Any]],
) -> Handler:
    """Make a handler of a change for a test: JSON in, the changed row out."""

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            number = int(request.match_info.get("id", 0))
            return web.json_response(
                verb(request.app[CART], await request.json(), number)
            )
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response(
                {"message": f"指定が正しくありません：{wrong}"}, status=400
            )

    return handler


def add_customer(
    cart: CartState, values: dict[str, Any], number: int
) -> dict[str, Any]:
    """Add a customer: {name | name01, name02, email, full_tel | phone, …, subscription: true, orders: n}."""
    row = cart.add_customer({"full_tel": values.get("phone"), **values})
    subscription = (
        cart.add_subscription(row["id"]) if values.get("subscription") else None
    )
    for _ in range(int(values.get("orders", 0))):
        cart.add_order(row["id"], subscription["id"] if subscription else None)
    return build_customer_row(row) | (
        {"subs_order_id": subscription["id"]} if subscription else {}
    )


def edit_customer(
    cart: CartState, values: dict[str, Any], number: int
) -> dict[str, Any]:
    if "phone" in values:
        values["full_tel"] = values.pop("phone")
    return build_customer_row(cart.edit_customer(number, values))


def build_customer_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **build_document("customers", row)["attributes"],
        **build_address(row)["attributes"],
        "id": row["id"],
    }


def add_order(cart: CartState, values: dict[str, Any], number: int) -> dict[str, Any]:
    """Add an order: {customer_id, subs_order_id?, shipped?, payment_state?}."""
    row = cart.add_order(
        values["customer_id"],
        values.get("subs_order_id"),
        values.get("shipped", True),
        values.get("payment_state", ""),
    )
    return dict(build_document("orders", row)["attributes"])


def add_subscription(
    cart: CartState, values: dict[str, Any], number: int
) -> dict[str, Any]:
    """Add a subscription: {customer_id, product?: 0…4}."""
    row = cart.add_subscription(values["customer_id"], int(values.get("product", 0)))
    return dict(build_document("subs_orders", row)["attributes"])
