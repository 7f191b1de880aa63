"""The addresses of the demo shop as EC-CUBE: the API, the tokens, and the page where an operator approves."""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from aiohttp import web

from sandbox.cart.eccube import TokenDesk, answer_query
from sandbox.cart.state import CartState

DESK = web.AppKey("eccube_desk", TokenDesk)
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>アプリの許可</title>
<body><h1>アプリの許可</h1><p>このアプリに、ショップのデータの読み取りを許可しますか？</p>
<form method="post"><input type="hidden" name="redirect_uri" value="{url}">
<input type="hidden" name="state" value="{state}"><button>許可する</button></form></body></html>"""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer_body(cart: CartState, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a GraphQL request out of the cart's tables."""
    return answer_query(
        body["query"],
        body.get("variables") or {},
        cart.tables["customers"].values(),
        cart.tables["orders"].values(),
        cart.switches.left_out,
    )


def add_eccube(app: web.Application, key: web.AppKey[CartState]) -> None:
    app[DESK] = TokenDesk()

    async def api(request: web.Request) -> web.StreamResponse:
        cart = request.app[key]
        cart.requests += 1
        if cart.switches.slow_ms:
            await asyncio.sleep(cart.switches.slow_ms / 1000)
        if cart.switches.outage:
            return web.Response(
                status=503,
                text="<html>メンテナンス中です。</html>",
                content_type="text/html",
            )
        if cart.over_rate():
            return web.json_response(
                {}, status=429, headers={"Retry-After": str(cart.switches.retry_after)}
            )
        token = request.app[DESK].access
        if not token or request.headers.get("Authorization") != f"Bearer {token}":
            return web.json_response({"error": "access_denied"}, status=401)
        return web.json_response(answer_body(cart, await request.json()))

    async def grant(request: web.Request) -> web.StreamResponse:
        granted = request.app[DESK].grant(
            {name: str(value) for name, value in (await request.post()).items()}
        )
        if granted is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(granted)

    async def show(request: web.Request) -> web.StreamResponse:
        url, state = (request.query.get(name, "") for name in ("redirect_uri", "state"))
        page = PAGE.format(url=escape(url), state=escape(state))
        return web.Response(text=page, content_type="text/html")

    async def approve(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        back = request.app[DESK].approve(str(form["redirect_uri"]), str(form["state"]))
        raise web.HTTPFound(back)

    app.router.add_post("/eccube/api", api)
    app.router.add_post("/eccube/token", grant)
    app.router.add_get("/eccube/admin/authorize", show)
    app.router.add_post("/eccube/admin/authorize", approve)
