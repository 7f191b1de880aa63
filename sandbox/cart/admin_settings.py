"""The settings of the demo cart: its switches, and what it is to do wrong."""

from aiohttp import web

from sandbox.cart.api import CART
from sandbox.pages import read_form, redirect_to, render_page


async def show_settings(request: web.Request) -> web.Response:
    cart = request.app[CART]
    done = request.query.get("done")
    return render_page(
        "cart/settings.html",
        here="settings",
        switches=cart.switches,
        requests=cart.requests,
        done=done,
    )


async def save_settings(request: web.Request) -> web.Response:
    cart, form = request.app[CART], await read_form(request)
    try:
        numbers = {
            name: int(form.get(name) or 0)
            for name in ("slow_ms", "retry_after", "left_out")
        }
        words = {
            "total_pages": form.get("total_pages") or "right",
            "payment_state": form.get("payment_state", ""),
        }
        rate = float(form.get("rate_per_second") or 0)
        token = form.get("token") or cart.switches.token
        cart.switch(
            token=token,
            outage="outage" in form,
            rate_per_second=rate,
            **numbers,
            **words,
        )
    except ValueError:
        error = "数字でない値が入っています。数字を入れてください。"
        context = {"switches": form, "requests": cart.requests, "error": error}
        return render_page("cart/settings.html", status=422, here="settings", **context)
    return redirect_to("/settings/?done=save")
