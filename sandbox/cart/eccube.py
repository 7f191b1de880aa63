"""The same shop as EC-CUBE 4 tells it: /eccube/api in GraphQL, /eccube/token, and the page where one approves.

The functions answer from plain rows of the demo cart. What is not here is refused as EC-CUBE does: with status 200.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.cart.shop import JST, Row

ATOM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")
LIST = re.compile(r"\b(customers|orders)\(([^)]*)\)")
ONE = re.compile(r"\bcustomer\(id: (\d+)\)")
ARGUMENTS = {
    "customers": {"page", "limit", "multi", "phone_number", "customer_status", "update_datetime_start",
                  "update_datetime_end"},
    "orders": {"page", "limit", "multi", "update_datetime_start", "update_datetime_end"},
}  # fmt: skip
STATUSES = {
    "provisional": ("1", "仮会員"),
    "member": ("2", "本会員"),
    "withdrawn": ("3", "退会"),
}
PAID, SHIPPED = ("6", "入金済み"), ("5", "発送済み")
ORDER_STATUSES = {
    "completed": PAID, "authed": ("1", "新規受付"), "pending": ("1", "新規受付"), "voided": ("3", "注文取消し"),
}  # fmt: skip
SECONDS = 3600


class Wrong(Exception):
    """What EC-CUBE answers as an error."""


def format_atom_time(stamp: str) -> str:
    """Return "2026/11/22 14:30:05.123456" as EC-CUBE writes it."""
    moment = datetime.strptime(stamp[:19], "%Y/%m/%d %H:%M:%S").replace(tzinfo=JST)
    return moment.isoformat()


def build_eccube_customer(row: Row) -> dict[str, Any]:
    status, name = STATUSES.get(row["state"], STATUSES["member"])
    return {
        "id": str(row["id"]),
        "name01": row["name01"],
        "name02": row["name02"],
        "kana01": row["kana01"],
        "kana02": row["kana02"],
        "email": row["email"],
        "postal_code": row["zip"].replace("-", ""),
        "phone_number": "".join(c for c in row["full_tel"] if c.isdecimal()),
        "addr01": row["addr01"],
        "addr02": row["addr02"],
        "point": float(row.get("point") or 0),
        "update_date": format_atom_time(row["updated_at"]),
        "Status": {"id": status, "name": name},
        "Pref": {"name": row["prefecture"]} if row["prefecture"] else None,
    }


def build_eccube_order(row: Row) -> dict[str, Any]:
    status, name = ORDER_STATUSES.get(row["payment_state"], ORDER_STATUSES["pending"])
    product = {
        "product_name": row["product_name"],
        "product_code": row["product_number"],
        "price": float(row["subtotal"]),
        "quantity": 1,
        "OrderItemType": {"id": "1"},
    }
    fee = {
        "product_name": "送料",
        "product_code": None,
        "price": 550.0,
        "quantity": 1,
        "OrderItemType": {"id": "2"},
    }
    shipped = row.get("shipped_at")
    return {
        "id": str(row["id"]),
        "order_no": row["number"],
        "name01": "",
        "name02": "",
        "email": row["email"],
        "phone_number": None,
        "subtotal": float(row["subtotal"]),
        "discount": 0.0,
        "delivery_fee_total": float(row["deliv_fee"]),
        "payment_total": float(row["total"]),
        "use_point": 0.0,
        "payment_method": row["payment_method_name"],
        "order_date": format_atom_time(row["created_at"]),
        "create_date": format_atom_time(row["created_at"]),
        "update_date": format_atom_time(row["updated_at"]),
        "Customer": {"id": str(row["customer_id"])},
        "OrderStatus": {"id": status, "name": name},
        "DeviceType": {"name": "モバイル"},
        "OrderItems": [product, fee],
        "Shippings": [
            {
                "shipping_date": format_atom_time(shipped) if shipped else None,
                "tracking_number": row["shipping_slip"],
                "shipping_delivery_name": "ヤマト運輸",
            }
        ],
    }


def answer_query(
    query: str,
    given: Mapping[str, Any],
    customers: Iterable[Row],
    orders: Iterable[Row],
    left_out: int = 0,
    most: int = 100,
) -> dict[str, Any]:
    """Answer one query. ``left_out`` rows of a page are counted, but not sent; ``most`` rows are on one."""
    try:
        if asked := ONE.search(query):
            return {
                "data": {"customer": find_eccube_customer(asked[1], customers, orders)}
            }
        asked = LIST.search(query)
        if not asked:
            raise Wrong('Cannot query field on type "Query".')
        name = asked[1]
        if unknown := set(given) - ARGUMENTS[name]:
            raise Wrong(f'Unknown argument "{sorted(unknown)[0]}" on field "{name}".')
        rows = customers if name == "customers" else orders
        page = cut_numbered_page(
            find_rows(name, list(rows), given), given, left_out, most
        )
        build = build_eccube_customer if name == "customers" else build_eccube_order
        return {
            "data": {name: {**page, "nodes": [build(row) for row in page["nodes"]]}}
        }
    except Wrong as wrong:
        return {"errors": [{"message": str(wrong)}], "data": None}


def find_eccube_customer(
    number: str, customers: Iterable[Row], orders: Iterable[Row]
) -> dict[str, Any]:
    row = next((one for one in customers if str(one["id"]) == number), None)
    if not row:
        raise Wrong("Eccube\\Entity\\Customer not found")
    own = [
        build_eccube_order(one) for one in orders if str(one["customer_id"]) == number
    ]
    return build_eccube_customer(row) | {"Orders": own}


def find_rows(name: str, rows: list[Row], given: Mapping[str, Any]) -> list[Row]:
    """Return the rows that the search form finds, the newest change first."""
    if name == "customers":
        statuses = given.get("customer_status") or ["1", "2"]
        rows = [
            one
            for one in rows
            if build_eccube_customer(one)["Status"]["id"] in statuses
        ]
    for key, value in (("start", 1), ("end", -1)):
        if limit := given.get(f"update_datetime_{key}"):
            if not ATOM.fullmatch(limit):
                raise Wrong("有効な値ではありません。")
            at = datetime.fromisoformat(limit)
            rows = [one for one in rows if (read_time(one) >= at) == (value == 1)]
    if multi := given.get("multi"):
        rows = [one for one in rows if multi in f"{one['id']} {one['email']}"]
    if phone := given.get("phone_number"):
        rows = [
            one for one in rows if phone in build_eccube_customer(one)["phone_number"]
        ]
    return sorted(rows, key=lambda one: (one["updated_at"], one["id"]), reverse=True)


def read_time(row: Row) -> datetime:
    return datetime.fromisoformat(format_atom_time(row["updated_at"]))


def cut_numbered_page(
    rows: list[Row], given: Mapping[str, Any], left_out: int, most: int
) -> dict[str, Any]:
    size = min(int(given.get("limit", 50)), most)
    start = (int(given.get("page", 1)) - 1) * size
    goes_on = start + size < len(rows)
    part = rows[start : start + size]
    if not goes_on:
        part = part[: max(0, len(part) - left_out)]
    info = {"hasNextPage": goes_on, "hasPreviousPage": start > 0}
    return {"nodes": part, "totalCount": len(rows), "pageInfo": info}


class TokenDesk:
    """Gives codes and tokens; a token that renews works once, and what it renewed ends."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self.access, self.renewal = "", ""

    def approve(self, return_url: str, state: str) -> str:
        """Return the address that leads back, with a code."""
        code = secrets.token_hex(8)
        self.codes.add(code)
        return f"{return_url}?{urlencode({'code': code, 'state': state})}"

    def grant(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Return new tokens; None for a code or token that does not count (any more)."""
        renewed = form.get("grant_type") == "refresh_token"
        if renewed and (not self.renewal or form.get("refresh_token") != self.renewal):
            return None
        if not renewed and form.get("code", "") not in self.codes:
            return None
        self.codes.discard(form.get("code", ""))
        self.access, self.renewal = secrets.token_hex(16), secrets.token_hex(16)
        return {
            "token_type": "Bearer",
            "expires_in": SECONDS,
            "access_token": self.access,
            "refresh_token": self.renewal,
        }
