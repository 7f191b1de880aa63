"""Rows of Shopify's Admin API as rows of ours, and the fields that are asked for."""

from typing import Any

from cartsync.connectors.answer_shapes import check_rows, read_object
from cartsync.connectors.base import Address, Customer, Line, Order
from cartsync.connectors.ecforce_cells import clean_text, parse_number
from cartsync.connectors.times import read_iso_time
from outbound.errors import TryLater

MONEY = "{ shopMoney { amount } }"
CUSTOMER = """legacyResourceId updatedAt firstName lastName state
defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }
defaultAddress { name zip province city address1 address2 phone }"""
ORDER = f"""legacyResourceId name createdAt updatedAt cancelledAt displayFinancialStatus email phone
customer {{ legacyResourceId }} discountCodes paymentGatewayNames
totalPriceSet {MONEY} subtotalPriceSet {MONEY} totalShippingPriceSet {MONEY} totalDiscountsSet {MONEY}
lineItems(first: 20) {{ nodes {{ sku name quantity originalUnitPriceSet {MONEY} }} }}
fulfillments {{ createdAt trackingInfo {{ number url company }} }}"""
# Whether a customer can log in at the shop.
CUSTOMER_STATES = {
    "ENABLED": "member",
    "INVITED": "provisional",
    "DISABLED": "guest",
    "DECLINED": "guest",
}
ORDER_STATES = {
    "PAID": "sold", "PARTIALLY_REFUNDED": "sold", "AUTHORIZED": "authorised", "PENDING": "pending",
    "PARTIALLY_PAID": "pending", "REFUNDED": "returned", "VOIDED": "cancelled", "EXPIRED": "cancelled",
}  # fmt: skip


def parse_shopify_customer(own: dict[str, Any]) -> Customer:
    word = clean_text(own.get("state"), 60)
    address = read_object(own, "defaultAddress")
    name = join_name(own)
    phone = read_object(own, "defaultPhoneNumber").get("phoneNumber")
    parts = ("city", "address1", "address2")
    main = Address(
        kind="billing",
        name=clean_text(address.get("name"), 200),
        postal_code=clean_text(address.get("zip"), 20),
        prefecture=clean_text(address.get("province"), 20),
        address=" ".join(clean_text(address.get(part)) for part in parts).strip()[:300],
        phone=clean_text(address.get("phone"), 40),
    )
    return Customer(
        external_id=read_key(own),
        number=read_key(own),
        name=name or main.name,
        email=clean_text(
            read_object(own, "defaultEmailAddress").get("emailAddress"), 254
        ),
        phone=clean_text(phone, 40) or main.phone,
        state=CUSTOMER_STATES.get(word, "guest"),
        word=word,
        changed_at=read_iso_time(own.get("updatedAt")),
        addresses=(main,) if main.address or main.postal_code else (),
    )


def join_name(own: dict[str, Any]) -> str:
    """Return the name as it is written in Japan: the family name first."""
    names = (clean_text(own.get(name), 100) for name in ("lastName", "firstName"))
    return " ".join(name for name in names if name)


def parse_shopify_order(own: dict[str, Any]) -> Order:
    word = clean_text(own.get("displayFinancialStatus"), 60)
    cancelled = bool(own.get("cancelledAt"))
    sent = check_rows(own.get("fulfillments") or [])
    tracking = check_rows(sent[0].get("trackingInfo") or []) if sent else []
    slip = tracking[0] if tracking else {}
    created = [read_iso_time(one.get("createdAt")) for one in sent]
    return Order(
        external_id=read_key(own),
        customer_external_id=clean_text(
            read_object(own, "customer").get("legacyResourceId"), 60
        ),
        number=clean_text(own.get("name"), 60),
        state="cancelled" if cancelled else ORDER_STATES.get(word, "other"),
        word="CANCELLED" if cancelled else word,
        times=0,
        total=read_money(own, "totalPriceSet"),
        subtotal=read_money(own, "subtotalPriceSet"),
        shipping_fee=read_money(own, "totalShippingPriceSet"),
        discount=read_money(own, "totalDiscountsSet"),
        coupons=join_texts(own.get("discountCodes"))[:500],
        payment_method=join_texts(own.get("paymentGatewayNames"))[:100],
        email=clean_text(own.get("email"), 254),
        phone=clean_text(own.get("phone"), 40),
        shipped_at=min(created) if created else None,
        carrier=clean_text(slip.get("company"), 60),
        tracking_number=clean_text(slip.get("number"), 60),
        tracking_url=clean_text(slip.get("url"), 300),
        ordered_at=read_iso_time(own.get("createdAt")),
        changed_at=read_iso_time(own.get("updatedAt")),
        lines=tuple(
            parse_shopify_line(row)
            for row in check_rows(read_object(own, "lineItems").get("nodes") or [])
        ),
    )


def parse_shopify_line(own: dict[str, Any]) -> Line:
    name = clean_text(own.get("name"), 200)
    return Line(
        sku=clean_text(own.get("sku"), 100) or name[:100],
        name=name,
        quantity=parse_number(own.get("quantity")),
        price=read_money(own, "originalUnitPriceSet"),
    )


def read_key(own: dict[str, Any]) -> str:
    if not (found := clean_text(own.get("legacyResourceId"), 60)):
        raise TryLater("unreadable")
    return found


def read_money(own: dict[str, Any], name: str) -> int:
    """Return an amount in the shop's money, which is yen; "1200.0" is 1200."""
    return parse_number(read_object(read_object(own, name), "shopMoney").get("amount"))


def join_texts(given: object) -> str:
    return (
        "、".join(clean_text(one, 100) for one in given)
        if isinstance(given, list)
        else ""
    )
