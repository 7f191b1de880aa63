"""Rows of EC-CUBE's GraphQL as rows of ours, and the fields that are asked for."""

from typing import Any

from cartsync.connectors.answer_shapes import check_rows, read_id, read_object
from cartsync.connectors.base import Address, Customer, Line, Order
from cartsync.connectors.ecforce_cells import clean_text, parse_number
from cartsync.connectors.times import read_iso_time

CUSTOMER = """id name01 name02 kana01 kana02 email phone_number postal_code addr01 addr02 point update_date
Status { id name } Pref { name }"""
ORDER = """id order_no name01 name02 email phone_number subtotal discount delivery_fee_total payment_total use_point
payment_method order_date create_date update_date Customer { id } OrderStatus { id name } DeviceType { name }
OrderItems { product_name product_code price quantity OrderItemType { id } }
Shippings { shipping_date tracking_number shipping_delivery_name }"""
CUSTOMER_STATES = {"1": "provisional", "2": "member", "3": "left"}
# 7 and 8 are orders on the way to be placed: their page of payment is open.
ORDER_STATES = {
    "1": "pending", "3": "cancelled", "4": "pending", "5": "sold", "6": "sold", "7": "other", "8": "other",
    "9": "returned",
}  # fmt: skip
PRODUCT = "1"  # the kind of a line; the others are fees and discounts
# What the cart writes over the address of somebody who left.
MADE_UP = "@dummy.dummy"


def parse_eccube_customer(own: dict[str, Any]) -> Customer:
    status = read_object(own, "Status")
    email = clean_text(own.get("email"), 254)
    address = Address(
        kind="billing",
        name=join_names(own, "name01", "name02"),
        kana=join_names(own, "kana01", "kana02"),
        postal_code=clean_text(own.get("postal_code"), 20),
        prefecture=clean_text(read_object(own, "Pref").get("name"), 20),
        address=join_names(own, "addr01", "addr02")[:300],
        phone=clean_text(own.get("phone_number"), 40),
    )
    return Customer(
        external_id=read_id(own.get("id")),
        number=read_id(own.get("id")),
        name=address.name,
        email=email,
        phone=address.phone,
        state=CUSTOMER_STATES.get(clean_text(status.get("id")), "member"),
        word=clean_text(status.get("name"), 60),
        changed_at=read_iso_time(own.get("update_date")),
        kana=address.kana,
        is_auto_email=email.endswith(MADE_UP),
        addresses=(address,) if address.address or address.postal_code else (),
        points=None if own.get("point") is None else parse_number(own["point"]),
    )


def parse_eccube_order(own: dict[str, Any]) -> Order:
    status = read_object(own, "OrderStatus")
    shippings = check_rows(own.get("Shippings") or [])
    sent = [row for row in shippings if row.get("shipping_date")]
    slip = sent[0] if sent else {}
    return Order(
        external_id=read_id(own.get("id")),
        customer_external_id=clean_text(read_object(own, "Customer").get("id"), 60),
        number=clean_text(own.get("order_no"), 60) or read_id(own.get("id")),
        state=ORDER_STATES.get(clean_text(status.get("id")), "other"),
        word=clean_text(status.get("name"), 60),
        times=0,
        total=parse_number(own.get("payment_total")),
        subtotal=parse_number(own.get("subtotal")),
        shipping_fee=parse_number(own.get("delivery_fee_total")),
        discount=parse_number(own.get("discount")),
        points_used=parse_number(own.get("use_point")),
        payment_method=clean_text(own.get("payment_method"), 100),
        name=join_names(own, "name01", "name02"),
        email=clean_text(own.get("email"), 254),
        phone=clean_text(own.get("phone_number"), 40),
        shipped_at=min(
            (read_iso_time(row["shipping_date"]) for row in sent), default=None
        ),
        carrier=clean_text(slip.get("shipping_delivery_name"), 60),
        tracking_number=clean_text(slip.get("tracking_number"), 60),
        device=clean_text(read_object(own, "DeviceType").get("name"), 60),
        ordered_at=read_iso_time(own.get("order_date") or own.get("create_date")),
        changed_at=read_iso_time(own.get("update_date")),
        lines=tuple(
            parse_eccube_line(row)
            for row in check_rows(own.get("OrderItems") or [])
            if clean_text(read_object(row, "OrderItemType").get("id")) == PRODUCT
        ),
    )


def parse_eccube_line(own: dict[str, Any]) -> Line:
    name = clean_text(own.get("product_name"), 200)
    return Line(
        sku=clean_text(own.get("product_code"), 100) or name[:100],
        name=name,
        quantity=parse_number(own.get("quantity")),
        price=parse_number(own.get("price")),
    )


def join_names(own: dict[str, Any], *names: str) -> str:
    found = (clean_text(own.get(name), 200) for name in names)
    return " ".join(one for one in found if one)
