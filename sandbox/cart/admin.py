"""The cart's admin site: plain pages and forms that a person or a robot can drive. No login: it is a sandbox."""

from typing import Any

from aiohttp import web

from sandbox.cart import words
from sandbox.cart.admin_csv import add_csv_exports
from sandbox.cart.admin_settings import save_settings, show_settings
from sandbox.cart.api import CART
from sandbox.cart.jsonapi import build_document
from sandbox.cart.ransack import extract_digits
from sandbox.cart.shop import Row
from sandbox.cart.state import CartState
from sandbox.pages import read_form, redirect_to, render_page

PER_PAGE = 50
STEPS = {"suspend": "停止", "cancel": "解約", "resume": "再開"}
RESULT = {"suspend": "suspend", "cancel": "canceled", "resume": "active"}


def add_admin(app: web.Application) -> None:
    app.router.add_get("/", list_customers)
    app.router.add_get("/customers/new", show_new_customer)
    app.router.add_post("/customers/new", create_customer)
    app.router.add_get("/customers/{id:\\d+}/", show_customer)
    app.router.add_post("/customers/{id:\\d+}/", save_customer)
    app.router.add_post("/customers/{id:\\d+}/orders", add_customer_order)
    app.router.add_post("/customers/{id:\\d+}/subscriptions", subscribe_customer)
    app.router.add_get("/subscriptions/", list_subscriptions)
    app.router.add_get("/subscriptions/{id:\\d+}/", show_subscription)
    app.router.add_post("/subscriptions/{id:\\d+}/", save_subscription)
    app.router.add_get(
        "/subscriptions/{id:\\d+}/{step:suspend|cancel|resume}", ask_step
    )
    app.router.add_post(
        "/subscriptions/{id:\\d+}/{step:suspend|cancel|resume}", take_step
    )
    app.router.add_get("/orders/", list_orders)
    add_csv_exports(app)
    app.router.add_get("/settings/", show_settings)
    app.router.add_post("/settings/", save_settings)


def find_row_or_404(request: web.Request, name: str) -> Row:
    row = request.app[CART].tables[name].get(int(request.match_info["id"]))
    if row is None:
        raise web.HTTPNotFound(text="見つかりません。番号を確かめてください。")
    return row


def paginate_table(request: web.Request, rows: list[Row]) -> dict[str, Any]:
    number = max(
        1,
        int(request.query.get("page", "1"))
        if request.query.get("page", "1").isdecimal()
        else 1,
    )
    part = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    more = number * PER_PAGE < len(rows)
    bounds = {
        "first": (number - 1) * PER_PAGE + bool(part),
        "last": (number - 1) * PER_PAGE + len(part),
    }
    pages = {
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if more else None,
    }
    return {"rows": part, "total": len(rows), **bounds, **pages}


def show_row(name: str, row: Row) -> Row:
    """Return the row as the API shows it, with the names and the phone that the API has in the address."""
    return {**row, **build_document(name, row)["attributes"]}


async def list_customers(request: web.Request) -> web.Response:
    q, rows = (
        request.query.get("q", "").strip(),
        request.app[CART].tables["customers"].values(),
    )
    found = [row for row in rows if match_customer(row, q)]
    listed = paginate_table(
        request, sorted(found, key=lambda row: row["updated_at"], reverse=True)
    )
    listed["rows"] = [show_row("customers", row) for row in listed["rows"]]
    return render_page("cart/customers.html", here="customers", q=q, **listed)


def match_customer(row: Row, q: str) -> bool:
    """Return whether a customer matches by name, kana, email, customer number, or the digits of a phone number."""
    text = " ".join(
        row[name]
        for name in ("name01", "name02", "kana01", "kana02", "email", "number")
    ).lower()
    numbers = extract_digits(q)
    by_phone = len(numbers) >= 4 and numbers in extract_digits(row["full_tel"])
    return not q or by_phone or all(word in text for word in q.lower().split())


async def show_new_customer(request: web.Request) -> web.Response:
    return render_page("cart/customer_new.html", here="customers", row={})


async def create_customer(request: web.Request) -> web.Response:
    form = await read_form(request)
    if not form.get("name01") or not (form.get("email") or form.get("full_tel")):
        error = "姓と、メールアドレスか電話番号のどちらかが必要です。入力してから登録してください。"
        return render_page(
            "cart/customer_new.html",
            status=422,
            here="customers",
            row=form,
            error=error,
        )
    row = request.app[CART].add_customer(form)
    return redirect_to(f"/customers/{row['id']}/?done=add")


async def show_customer(request: web.Request) -> web.Response:
    return render_customer(request, {}, None)


def render_customer(
    request: web.Request, form: dict[str, str], error: str | None
) -> web.Response:
    cart, row = request.app[CART], find_row_or_404(request, "customers")
    mine = {
        name: [
            show_row(name, r)
            for r in cart.tables[name].values()
            if r["customer_id"] == row["id"]
        ]
        for name in ("subs_orders", "orders")
    }
    states = list(words.CUSTOMER.items())
    context = {
        "row": show_row("customers", row) | form,
        "states": states,
        "error": error,
        "products": words.PRODUCTS,
    }
    done = request.query.get("done")
    return render_page(
        "cart/customer.html",
        status=422 if error else 200,
        here="customers",
        done=done,
        **mine,
        **context,
    )


async def save_customer(request: web.Request) -> web.Response:
    form = await read_form(request)
    row = find_row_or_404(request, "customers")
    if not form.get("name01"):
        return render_customer(
            request, form, "姓が入力されていません。入力してから保存してください。"
        )
    request.app[CART].edit_customer(row["id"], form)
    return redirect_to(f"/customers/{row['id']}/?done=save")


async def add_customer_order(request: web.Request) -> web.Response:
    """Add one more order, as if the customer had bought it in the shop."""
    row, form = find_row_or_404(request, "customers"), await read_form(request)
    number = form.get("subs_order_id", "")
    request.app[CART].add_order(row["id"], int(number) if number.isdecimal() else None)
    return redirect_to(f"/customers/{row['id']}/?done=order")


async def subscribe_customer(request: web.Request) -> web.Response:
    row = find_row_or_404(request, "customers")
    made = request.app[CART].add_subscription(row["id"])
    return redirect_to(f"/subscriptions/{made['id']}/?done=add")


async def list_subscriptions(request: web.Request) -> web.Response:
    cart, state = request.app[CART], request.query.get("state", "")
    found = [
        row
        for row in cart.tables["subs_orders"].values()
        if state in ("", row["state"])
    ]
    listed = paginate_table(
        request, sorted(found, key=lambda row: row["updated_at"], reverse=True)
    )
    listed["rows"] = [
        show_row("subs_orders", row) | {"name": get_buyer_name(cart, row)}
        for row in listed["rows"]
    ]
    states = list(words.SUBSCRIPTION.items())
    return render_page(
        "cart/subscriptions.html",
        here="subscriptions",
        state=state,
        states=states,
        **listed,
    )


def get_buyer_name(cart: CartState, row: Row) -> str:
    customer = cart.tables["customers"][row["customer_id"]]
    return f"{customer['name01']} {customer['name02']}"


async def show_subscription(request: web.Request) -> web.Response:
    row = find_row_or_404(request, "subs_orders")
    context: Row = {
        "row": show_row("subs_orders", row),
        "name": get_buyer_name(request.app[CART], row),
    }
    return render_page(
        "cart/subscription.html",
        here="subscriptions",
        done=request.query.get("done"),
        **context,
    )


async def save_subscription(request: web.Request) -> web.Response:
    row, form = find_row_or_404(request, "subs_orders"), await read_form(request)
    day = form.get("scheduled_to_be_delivered_at", "").replace("-", "/")
    values = {
        "memo01": form.get("memo01", ""),
        "scheduled_to_be_delivered_at": f"{day} 00:00:00" if day else None,
    }
    request.app[CART].edit_subscription(row["id"], values)
    return redirect_to(f"/subscriptions/{row['id']}/?done=save")


async def ask_step(request: web.Request) -> web.Response:
    """Ask for the reason, the first of two steps. The confirmation comes as the answer to the first post."""
    return render_step(request, {}, confirm=False)


def render_step(
    request: web.Request, form: dict[str, str], confirm: bool, error: str | None = None
) -> web.Response:
    row, step = find_row_or_404(request, "subs_orders"), request.match_info["step"]
    reasons = list(words.REASONS.items())
    context: Row = {
        "row": show_row("subs_orders", row),
        "name": get_buyer_name(request.app[CART], row),
        "error": error,
    }
    context |= {
        "step": step,
        "verb": STEPS[step],
        "reasons": reasons,
        "chosen": form.get("reason", ""),
    }
    context |= {
        "reason": words.REASONS.get(form.get("reason", "")),
        "confirm": confirm,
        "here": "subscriptions",
    }
    return render_page("cart/step.html", status=422 if error else 200, **context)


async def take_step(request: web.Request) -> web.Response:
    """Change the state, but only with `confirmed`, which the confirmation page posts."""
    row, form, step = (
        find_row_or_404(request, "subs_orders"),
        await read_form(request),
        request.match_info["step"],
    )
    if row["state"] == RESULT[step]:
        error = f"この定期はすでに「{words.SUBSCRIPTION[row['state']]}」です。定期の画面に戻ってください。"
        return render_step(request, form, confirm=False, error=error)
    if step != "resume" and form.get("reason") not in words.REASONS:
        return render_step(
            request,
            form,
            confirm=False,
            error="理由が選ばれていません。1つ選んでください。",
        )
    if form.get("confirmed") != "yes":
        return render_step(request, form, confirm=True)
    values = {"state": RESULT[step], f"{step}_reason_ids": [form.get("reason", "")]}
    request.app[CART].edit_subscription(row["id"], values)
    return redirect_to(f"/subscriptions/{row['id']}/?done={step}")


async def list_orders(request: web.Request) -> web.Response:
    cart = request.app[CART]
    listed = paginate_table(
        request,
        sorted(
            cart.tables["orders"].values(),
            key=lambda row: row["updated_at"],
            reverse=True,
        ),
    )
    listed["rows"] = [
        show_row("orders", row) | {"name": get_buyer_name(cart, row)}
        for row in listed["rows"]
    ]
    return render_page("cart/orders.html", here="orders", **listed)
