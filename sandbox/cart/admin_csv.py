"""The files that the cart's admin site exports. Their headings are those that a cart of files expects at first."""

import csv
import io
from collections.abc import Iterable

from aiohttp import web

from sandbox.cart.api import CART
from sandbox.cart.jsonapi import build_document
from sandbox.cart.shop import Row

CUSTOMERS = ("顧客ID", "顧客番号", "氏名", "カナ", "メールアドレス", "電話番号", "状態", "購入回数", "購入総額",
             "更新日時")  # fmt: skip
ORDERS = ("受注番号", "顧客ID", "商品", "合計金額", "受注状況", "入金状況", "受注日時")


def add_csv_exports(app: web.Application) -> None:
    app.router.add_get("/customers.csv", export_customers)
    app.router.add_get("/orders.csv", export_orders)


def list_documents(request: web.Request, name: str) -> list[Row]:
    """Return the rows as the API shows them, oldest first."""
    rows = request.app[CART].tables[name].values()
    return [row | build_document(name, row)["attributes"] for row in rows]


async def export_customers(request: web.Request) -> web.Response:
    return build_csv(
        CUSTOMERS,
        (
            (
                row["id"],
                row["number"],
                f"{row['name01']} {row['name02']}",
                f"{row['kana01']} {row['kana02']}",
                row["email"],
                row["full_tel"],
                row["human_state_name"],
                row["buy_times"],
                row["buy_total"],
                row["updated_at"],
            )
            for row in list_documents(request, "customers")
        ),
    )


async def export_orders(request: web.Request) -> web.Response:
    return build_csv(
        ORDERS,
        (
            (
                row["number"],
                row["customer_id"],
                row["product_name"],
                row["total"],
                row["human_state"],
                row["payment_human_state"],
                row["created_at"],
            )
            for row in list_documents(request, "orders")
        ),
    )


def build_csv(
    headings: Iterable[str], rows: Iterable[Iterable[object]]
) -> web.Response:
    """Return a download as Excel in Japan opens it: UTF-8 with its mark, lines of Windows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return web.Response(
        body=text.getvalue().encode("utf-8-sig"),
        content_type="text/csv",
        headers={"Content-Disposition": "attachment"},
    )
