"""From the rows of ecforce to ours. Times are Japanese, without an offset."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cartsync.connectors.base import Customer, Order, Resource, Subscription
from members.normalize.keys import format_national_phone
from outbound.errors import TryLater

JAPAN = ZoneInfo("Asia/Tokyo")
TIME = "%Y/%m/%d %H:%M:%S"
MOST_TIMES = 999_999  # no count of ours is longer

# ecforce's states → ours. An unknown state of a customer means a member; that of an order means "other": stored and
# shown, but never counted.
CUSTOMER_STATES = {
    "visitor": "visitor", "guest": "guest", "provisional": "provisional", "member": "member",
    "withdrawn": "left", "deleted": "left",
}  # fmt: skip
# By the payment, because 売上完了 is a state of the payment; a cancelled or returned order says so itself.
ORDER_STATES = {"canceled": "cancelled", "returned": "returned"}
PAYMENT_STATES = {
    "completed": "sold", "authed": "authorised", "pending": "pending", "voided": "cancelled", "refunded": "returned",
}  # fmt: skip
SUBSCRIPTION_STATES = {
    "active": "active",
    "suspend": "suspended",
    "canceled": "cancelled",
}


@contextmanager
def check_answer_shape() -> Iterator[None]:
    """Raise TryLater when the answer has another shape than agreed: that is the cart's trouble, and shown as such."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TryLater("unreadable") from error


def parse_customers(answer: dict[str, Any]) -> list[Customer]:
    included = {
        (entry.get("type"), str(entry.get("id"))): entry.get("attributes") or {}
        for entry in answer.get("included") or []
    }
    return [parse_customer(entry, included) for entry in answer["data"]]


def parse_customer(
    entry: dict[str, Any], included: dict[tuple[Any, str], dict[str, Any]]
) -> Customer:
    own = entry["attributes"]
    related = ((entry.get("relationships") or {}).get("billing_address") or {}).get(
        "data"
    ) or {}
    address = included.get((related.get("type"), str(related.get("id"))), {}) | (
        own.get("billing_address") or {}
    )
    parts = "".join(
        clean_text(address.get(part)) for part in ("tel01", "tel02", "tel03")
    )
    return Customer(
        external_id=clean_text(entry["id"], 60),
        number=clean_text(own.get("number"), 60),
        name=clean_text(
            f"{clean_text(address.get('name01'))} {clean_text(address.get('name02'))}".strip(),
            200,
        ),
        email=clean_text(own.get("email") or own.get("mobile_email"), 254),
        phone=clean_text(address.get("full_tel") or parts, 40),
        state="left"
        if own.get("deleted_at")
        else CUSTOMER_STATES.get(clean_text(own.get("state")), "member"),
        changed_at=parse_time(own["updated_at"]),
        kana=clean_text(
            f"{clean_text(address.get('kana01'))} {clean_text(address.get('kana02'))}".strip(),
            200,
        ),
    )


def parse_orders(answer: dict[str, Any]) -> list[Order]:
    return [parse_order(entry) for entry in answer["data"]]


def parse_order(entry: dict[str, Any]) -> Order:
    own = entry["attributes"]
    word = clean_text(own.get("payment_state"), 60)
    state = ORDER_STATES.get(clean_text(own.get("state"))) or PAYMENT_STATES.get(
        word, "other"
    )
    state = "cancelled" if own.get("deleted_at") else state
    return Order(
        external_id=clean_text(entry["id"], 60),
        customer_external_id=clean_text(own.get("customer_id"), 60),
        number=clean_text(own.get("number"), 60),
        state=state,
        times=min(parse_number(own.get("times")), MOST_TIMES),
        total=parse_number(own.get("total")),
        ordered_at=parse_time(
            own.get("completed_at") or own.get("created_at") or own["updated_at"]
        ),
        changed_at=parse_time(own["updated_at"]),
        unknown_word=word if state == "other" else "",
    )


def parse_subscriptions(answer: dict[str, Any]) -> list[Subscription]:
    return [parse_subscription(entry) for entry in answer["data"]]


def parse_subscription(entry: dict[str, Any]) -> Subscription:
    own = entry["attributes"]
    planned = own.get("scheduled_to_be_delivered_at")
    return Subscription(
        external_id=clean_text(entry["id"], 60),
        customer_external_id=clean_text(own.get("customer_id"), 60),
        product=clean_text(own.get("product_name"), 200),
        state="cancelled"
        if own.get("deleted_at")
        else SUBSCRIPTION_STATES.get(clean_text(own.get("state")), "cancelled"),
        times=min(parse_number(own.get("times")), MOST_TIMES),
        next_at=parse_time(planned) if planned else None,
        changed_at=parse_time(own["updated_at"]),
    )


PARSERS: dict[Resource, Any] = {
    Resource.CUSTOMERS: parse_customers,
    Resource.ORDERS: parse_orders,
    Resource.SUBSCRIPTIONS: parse_subscriptions,
}


def format_time(moment: datetime) -> str:
    return moment.astimezone(JAPAN).strftime(TIME)


def parse_time(given: object) -> datetime:
    """Parse ``2026/11/22 14:30:00`` (or only the day) as an aware time in Japan."""
    words = str(given).replace("-", "/").strip()
    try:
        return datetime.strptime(
            words if " " in words else f"{words} 00:00:00", TIME
        ).replace(tzinfo=JAPAN)
    except ValueError as error:
        raise TryLater("unreadable") from error


def parse_number(given: object) -> int:
    """Parse a count or an amount in yen; what is none of these is 0."""
    found = re.match(r"\d{1,15}", str(given or 0))
    return int(found.group()) if found else 0


def format_phone_digits(e164: str) -> str:
    """Return "+819012345678" as "09012345678", as ecforce's search compares it."""
    return "".join(c for c in format_national_phone(e164) if c.isdigit())


def clean_text(given: object, longest: int = 1000) -> str:
    """Return the value as one line without control characters, cut to the column."""
    return "".join(
        c for c in str(given if given is not None else "") if c.isprintable()
    )[:longest]
