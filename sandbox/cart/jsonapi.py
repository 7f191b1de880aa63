"""Rows as JSON:API documents: attributes, relationships, included, meta, links."""

from typing import Any
from urllib.parse import urlencode

from sandbox.cart import words
from sandbox.cart.shop import Row, Tables

ADDRESS = [
    "name01",
    "name02",
    "kana01",
    "kana02",
    "zip",
    "prefecture",
    "addr01",
    "addr02",
    "full_tel",
]
TYPES = {"customers": "customer", "orders": "order", "subs_orders": "sub_order"}
Document = dict[str, Any]


def strip_microseconds(value: Any) -> Any:
    """Return the value; a time loses its microseconds."""
    return (
        value[:19]
        if isinstance(value, str) and value[10:11] == " " and value[19:20] == "."
        else value
    )


def build_document(name: str, row: Row) -> Document:
    attributes = {key: strip_microseconds(value) for key, value in row.items()}
    attributes |= EXTRA[name](row)
    attributes.pop("items", None)
    if name == "customers":
        attributes = {
            key: value for key, value in attributes.items() if key not in ADDRESS
        }
    return {
        "id": str(row["id"]),
        "type": TYPES[name],
        "attributes": attributes,
        "relationships": {
            key: {"data": data} for key, data in build_relations(name, row).items()
        },
    }


def _build_customer_extra(row: Row) -> Document:
    blanks = dict.fromkeys(("mobile_email", "line_id", "labels", "link_number"))
    flags = {"mail_delivery_stop": not row["optin"], "blacklist": False}
    options = {f"option{n:02d}": None for n in range(1, 11)}
    secrets = {
        "authentication_token": words.SECRET_TOKEN,
        "credit_cards": [{"number": words.SECRET_CARD, "expires_on": "2030/01"}],
    }
    return {
        **secrets,
        "deleted_at": row.get("deleted_at"),
        "human_state_name": words.CUSTOMER[row["state"]],
        **blanks,
        **flags,
        **options,
    }


def _build_order_extra(row: Row) -> Document:
    names = {
        "human_state": words.ORDER[row["state"]],
        "payment_human_state": words.PAYMENT.get(
            row["payment_state"], row["payment_state"]
        ),
    }
    return {**names, "payment_total": row["total"], "deleted_at": row.get("deleted_at")}


def _build_subscription_extra(row: Row) -> Document:
    reasons = {
        f"{kind}_reasons": "、".join(
            words.REASONS.get(str(n), str(n)) for n in row[f"{kind}_reason_ids"]
        )
        for kind in ("cancel", "suspend")
    }
    return {
        "human_state": words.SUBSCRIPTION[row["state"]],
        **reasons,
        "deleted_at": row.get("deleted_at"),
    }


EXTRA = {
    "customers": _build_customer_extra,
    "orders": _build_order_extra,
    "subs_orders": _build_subscription_extra,
}


def build_relations(name: str, row: Row) -> dict[str, Any]:
    if name == "customers":
        return {"billing_address": {"id": str(row["id"] + 500_000), "type": "address"}}
    items = [{"id": str(item["id"]), "type": "order_item"} for item in list_items(row)]
    found: dict[str, Any] = {
        "customer": {"id": str(row["customer_id"]), "type": "customer"}
    }
    if row.get("subs_order_id"):
        found["subs_order"] = {"id": str(row["subs_order_id"]), "type": "sub_order"}
    return found | ({"order_items": items} if items else {})


def list_items(row: Row) -> list[Row]:
    """Return the items of an order or a subscription; one of the product that it names where none are kept."""
    if row.get("items"):
        return list(row["items"])
    if not row.get("product_number"):
        return []
    item = {"id": row["id"] * 10, "variant_sku": row["product_number"]}
    return [
        item
        | {"product_name": row["product_name"], "quantity": 1, "price": row["subtotal"]}
    ]


def build_address(row: Row) -> Document:
    """Return the billing address: the cart has name and phone there, not on the customer."""
    number = row["id"] + 500_000
    parts = {
        f"tel{n:02d}": part
        for n, part in enumerate(split_phone(row["full_tel"]), start=1)
    }
    names = {
        "full_name": f"{row['name01']} {row['name02']}",
        "full_kana": f"{row['kana01']} {row['kana02']}",
    }
    attributes = {"id": number, **{key: row[key] for key in ADDRESS}, **parts, **names}
    return {"id": str(number), "type": "address", "attributes": attributes}


def split_phone(phone: str) -> list[str]:
    """Split a number into the three boxes of the order form; one typed in one go sits in the first."""
    parts = phone.split("-")
    return parts if len(parts) == 3 else [phone, "", ""]


def collect_included(
    name: str, rows: list[Row], include: str, tables: Tables
) -> list[Document]:
    """Return the included resources, each once: (customer.)billing_address, customer, subs_order, order_items."""
    wanted, found = include.split(","), {}
    for row in rows:
        customer = (
            row if name == "customers" else tables["customers"][row["customer_id"]]
        )
        if "customer" in wanted or "customer.billing_address" in wanted:
            found["customer", customer["id"]] = build_document("customers", customer)
        if {"billing_address", "customer.billing_address"} & set(wanted):
            found["address", customer["id"]] = build_address(customer)
        if "order_items" in wanted and name != "customers":
            for item in list_items(row):
                document = {"id": str(item["id"]), "type": "order_item"}
                found["order_item", item["id"]] = document | {"attributes": item}
        if "subs_order" in wanted and row.get("subs_order_id"):
            found["sub_order", row["subs_order_id"]] = build_document(
                "subs_orders", tables["subs_orders"][row["subs_order_id"]]
            )
    return list(found.values())


def cut_page(
    rows: list[Row], query: list[tuple[str, str]], path: str
) -> tuple[list[Row], Document, Document]:
    """Return the rows of the asked page, `meta` and `links`; page counts from 1, per is 1…100 (default 20)."""
    asked = dict(query)
    per = min(100, max(1, _parse_whole(asked.get("per"), 20)))
    page = max(1, _parse_whole(asked.get("page"), 1))
    pages = -(-len(rows) // per)
    part = rows[(page - 1) * per : page * per]
    meta = {
        "total_count": len(rows),
        "page": page,
        "per": per,
        "count": len(part),
        "total_pages": pages,
    }
    numbers = {"self": page, "first": 1, "last": max(1, pages)}
    numbers |= ({"prev": page - 1} if page > 1 else {}) | (
        {"next": page + 1} if page < pages else {}
    )
    rest = [pair for pair in query if pair[0] not in ("page", "per")]
    links = {
        key: f"{path}?{urlencode([*rest, ('page', n), ('per', per)])}"
        for key, n in numbers.items()
    }
    return part, meta, links


def _parse_whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default
