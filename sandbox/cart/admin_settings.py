"""The settings of the demo cart: its switches, and what it is to do wrong."""

from aiohttp import web

from sandbox.cart.api import CART
from sandbox.cart.office import FAULTS
from sandbox.pages import read_form, redirect_to, render_page


async def show_settings(request: web.Request) -> web.Response:
    cart = request.app[CART]
    done = request.query.get("done")
    return render_page(
        "cart/settings.html",
        here="settings",
        switches=cart.switches,
        faults=list(FAULTS.items()),
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
            "office_password": form.get("office_password")
            or cart.switches.office_password,
            "office_totp": form.get("office_totp", "").replace(" ", ""),
            "office_fault": form.get("office_fault", ""),
            "office_layout": form.get("office_layout") or "a",
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
        context["faults"] = list(FAULTS.items())
        return render_page("cart/settings.html", status=422, here="settings", **context)
    return redirect_to("/settings/?done=save")
