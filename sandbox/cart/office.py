"""The cart's admin site behind a login, for the robot: customer search, a subscription, a change with a confirmation.

What a robot may meet can be switched on: a code of a second factor, one that is sent by SMS, a CAPTCHA, a modal, a
changed selector, a login page in between, an answer that never comes after the click. Layout b is the same site built
otherwise. Every change that arrives is counted in `CartState.clicks`.
"""

import asyncio
import secrets
from typing import Any

import pyotp
from aiohttp import web

from sandbox.cart import words
from sandbox.cart.api import CART
from sandbox.cart.ransack import extract_digits
from sandbox.cart.shop import Row
from sandbox.cart.state import CartState
from sandbox.pages import read_form, redirect_to, render_page

COOKIE = "office"
LOGIN = "robot"
STEPS = {
    "cancel": "解約",
    "suspend": "休止",
    "skip": "スキップ",
    "date": "お届け日の変更",
}
STATES = {"cancel": "canceled", "suspend": "suspend"}
FAULTS = {
    "": "なし",
    "sms": "SMSのコードを求める",
    "captcha": "画像認証を出す",
    "modal": "お知らせを重ねて出す",
    "selector": "解約ボタンの目印を変える",
    "login": "途中でログイン画面に戻す",
    "hang": "押したあと返事をしない（変更はする）",
    "lost": "押したあと返事をしない（変更もしない）",
}


def add_office(app: web.Application) -> None:
    app.router.add_get("/office/login", show_office_login)
    app.router.add_post("/office/login", log_into_office)
    app.router.add_get("/office/", list_found_customers)
    app.router.add_get("/office/customers/{id:\\d+}", show_office_customer)
    app.router.add_get("/office/subscriptions/{id:\\d+}", show_office_subscription)
    step = "/office/subscriptions/{id:\\d+}/{step:cancel|suspend|skip|date}"
    app.router.add_get(step, ask_office_step)
    app.router.add_post(step, take_office_step)


def render_office(request: web.Request, name: str, /, **context: Any) -> web.Response:
    switches = request.app[CART].switches
    folder = "office_b" if switches.office_layout == "b" else "office"
    status = context.pop("status", 200)
    return render_page(
        f"{folder}/{name}.html", status, fault=switches.office_fault, **context
    )


def require_office_login(request: web.Request) -> None:
    """Send whoever is not logged in to the login; with the fault also whoever is, from the second page on."""
    cart = request.app[CART]
    token = request.cookies.get(COOKIE, "")
    if token not in cart.office_sessions:
        raise web.HTTPSeeOther("/office/login")
    cart.office_sessions[token] += 1
    if cart.switches.office_fault == "login" and cart.office_sessions[token] > 3:
        del cart.office_sessions[token]
        raise web.HTTPSeeOther("/office/login")


async def show_office_login(request: web.Request) -> web.Response:
    return render_office(request, "login", step="login")


async def log_into_office(request: web.Request) -> web.Response:
    cart, form = request.app[CART], await read_form(request)
    switches = cart.switches
    if form.get("login") != LOGIN or form.get("password") != switches.office_password:
        error = "ログインIDかパスワードが違います。"
        return render_office(request, "login", status=422, step="login", error=error)
    if switches.office_fault in ("sms", "captcha"):
        return render_office(request, "login", step=switches.office_fault, form=form)
    if switches.office_totp:
        code = form.get("code", "")
        if not code:
            return render_office(request, "login", step="code", form=form)
        if not pyotp.TOTP(switches.office_totp).verify(code):
            error = "認証コードが違います。端末の時刻を確かめてください。"
            return render_office(
                request, "login", status=422, step="code", form=form, error=error
            )
    token = secrets.token_urlsafe(16)
    cart.office_sessions[token] = 0
    answer = redirect_to("/office/")
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax")
    return answer


async def list_found_customers(request: web.Request) -> web.Response:
    """Search by mail address, or by the digits of a telephone number."""
    require_office_login(request)
    q = request.query.get("q", "").strip()
    rows = request.app[CART].tables["customers"].values()
    found = [row for row in rows if q and is_found_by(row, q)]
    return render_office(request, "customers", q=q, rows=found[:50])


def is_found_by(row: Row, q: str) -> bool:
    """Return whether the search finds the row. As in many a cart it finds parts of words, so also other people."""
    digits = extract_digits(q)
    by_phone = len(digits) >= 4 and digits in extract_digits(row["full_tel"])
    return by_phone or q.lower() in row["email"].lower() or q == str(row["id"])


def find_office_row(request: web.Request, name: str) -> Row:
    row = request.app[CART].tables[name].get(int(request.match_info["id"]))
    if row is None:
        raise web.HTTPNotFound(text="見つかりません。")
    return row


async def show_office_customer(request: web.Request) -> web.Response:
    require_office_login(request)
    cart, row = request.app[CART], find_office_row(request, "customers")
    mine = {
        name: [
            describe_row(each)
            for each in cart.tables[name].values()
            if each["customer_id"] == row["id"]
        ]
        for name in ("subs_orders", "orders")
    }
    state = words.CUSTOMER[row["state"]]
    return render_office(request, "customer", row=row, state=state, **mine)


def describe_row(row: Row) -> Row:
    """Return the row with its states in the site's words, and its day without the time."""
    day = str(row.get("scheduled_to_be_delivered_at") or "")[:10]
    state = words.SUBSCRIPTION.get(row["state"], "")
    paid = words.PAYMENT.get(row.get("payment_state", ""), "")
    return {**row, "human_state": state, "paid": paid, "day": day}


def get_owner_row(cart: CartState, row: Row) -> Row:
    return cart.tables["customers"][row["customer_id"]]


async def show_office_subscription(request: web.Request) -> web.Response:
    require_office_login(request)
    row = find_office_row(request, "subs_orders")
    return render_office(
        request,
        "subscription",
        row=describe_row(row),
        owner=get_owner_row(request.app[CART], row),
        done=request.query.get("done"),
    )


async def ask_office_step(request: web.Request) -> web.Response:
    require_office_login(request)
    return render_office_step(request, {}, confirm=False)


def render_office_step(
    request: web.Request, form: dict[str, str], confirm: bool, error: str = ""
) -> web.Response:
    row, step = find_office_row(request, "subs_orders"), request.match_info["step"]
    return render_office(
        request,
        "step",
        status=422 if error else 200,
        row=describe_row(row),
        owner=get_owner_row(request.app[CART], row),
        step=step,
        verb=STEPS[step],
        reasons=list(words.REASONS.items()),
        form=form,
        confirm=confirm,
        error=error,
    )


async def take_office_step(request: web.Request) -> web.Response:
    """Change the subscription, but only with `confirmed`, which the confirmation page posts."""
    require_office_login(request)
    row, form = find_office_row(request, "subs_orders"), await read_form(request)
    step, cart = request.match_info["step"], request.app[CART]
    if step in STATES and form.get("reason") not in words.REASONS:
        return render_office_step(
            request, form, confirm=False, error="理由を選んでください。"
        )
    if step == "date" and len(form.get("date", "")) != 10:
        return render_office_step(
            request, form, confirm=False, error="日付を入れてください。"
        )
    if form.get("confirmed") != "yes":
        return render_office_step(request, form, confirm=True)
    cart.clicks.append(row["id"])
    if cart.switches.office_fault != "lost":
        cart.edit_subscription(row["id"], build_changes(row, step, form))
    if cart.switches.office_fault in ("hang", "lost"):
        await asyncio.sleep(60)
    return redirect_to(f"/office/subscriptions/{row['id']}?done={step}")


def build_changes(row: Row, step: str, form: dict[str, str]) -> dict[str, Any]:
    if step in STATES:
        return {"state": STATES[step], f"{step}_reason_ids": [form["reason"]]}
    if step == "date":
        day = form["date"].replace("-", "/")
        return {"scheduled_to_be_delivered_at": f"{day} 00:00:00"}
    return {"skip_next_scheduled_delivery": True}
