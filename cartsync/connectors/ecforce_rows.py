"""From the rows of ecforce to ours. Times are Japanese, without an offset."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import ngettext

from cartsync.connectors.base import (
    Address,
    Customer,
    Line,
    Order,
    Resource,
    Subscription,
)
from cartsync.connectors.ecforce_cells import (
    clean_text,
    parse_number,
    parse_optional_time,
    parse_time,
)
from outbound.errors import TryLater

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
    "completed": "sold",
    "authed": "authorised",
    "pending": "pending",
    "voided": "cancelled",
    "refunded": "returned",
}
SUBSCRIPTION_STATES = {
    "active": "active",
    "suspend": "suspended",
    "canceled": "cancelled",
    "deleted": "cancelled",
}


@contextmanager
def check_answer_shape() -> Iterator[None]:
    """Raise TryLater when the answer has another shape than agreed: that is the cart's trouble, and shown as such."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TryLater("unreadable") from error


Included = dict[tuple[Any, str], dict[str, Any]]


def collect_included(answer: dict[str, Any]) -> Included:
    """Return the included rows' attributes by (type, id)."""
    return {
        (entry.get("type"), str(entry.get("id"))): entry.get("attributes") or {}
        for entry in answer.get("included") or []
    }


def list_related(
    entry: dict[str, Any], name: str, included: Included
) -> list[dict[str, Any]]:
    """Return the attributes of the rows that a relation of the entry names, as far as they are included."""
    data = ((entry.get("relationships") or {}).get(name) or {}).get("data") or []
    refs = data if isinstance(data, list) else [data]
    found = [included.get((ref.get("type"), str(ref.get("id")))) for ref in refs]
    return [attributes for attributes in found if attributes]


def parse_customers(answer: dict[str, Any]) -> list[Customer]:
    included = collect_included(answer)
    return [parse_customer(entry, included) for entry in answer["data"]]


def parse_customer(entry: dict[str, Any], included: Included) -> Customer:
    own = entry["attributes"]
    related = list_related(entry, "billing_address", included)
    billing = (related[0] if related else {}) | (own.get("billing_address") or {})
    main = parse_address("billing", billing)
    shipping = list_related(entry, "shipping_addresses", included)
    word = clean_text(own.get("state"), 60)
    return Customer(
        external_id=clean_text(entry["id"], 60),
        number=clean_text(own.get("number"), 60),
        name=main.name,
        email=clean_text(own.get("email") or own.get("mobile_email"), 254),
        phone=main.phone,
        state="left" if own.get("deleted_at") else CUSTOMER_STATES.get(word, "member"),
        # A deleted customer has left, whatever the word of the state says.
        word="deleted" if own.get("deleted_at") else word,
        changed_at=parse_time(own["updated_at"]),
        kana=main.kana,
        line_id=clean_text(own.get("line_id"), 64),
        is_auto_email=own.get("is_auto_generated_email") in (True, 1, "1", "true"),
        addresses=tuple(
            address
            for address in (
                main,
                *(parse_address("shipping", each) for each in shipping),
            )
            if address.address or address.postal_code
        ),
        points=None if own.get("point") is None else parse_number(own["point"]),
        points_expire_at=parse_optional_time(own.get("point_expired_at")),
        coupons=clean_text(own.get("coupon_codes"), 500),
    )


def parse_address(kind: str, own: dict[str, Any]) -> Address:
    def join(*names: str) -> str:
        return " ".join(clean_text(own.get(name)) for name in names).strip()

    phone = "".join(clean_text(own.get(part)) for part in ("tel01", "tel02", "tel03"))
    postal_code = own.get("full_zip") or own.get("zip")
    return Address(
        kind=kind,
        name=join("name01", "name02")[:200],
        kana=join("kana01", "kana02")[:200],
        postal_code=clean_text(postal_code or join("zip01", "zip02"), 20),
        prefecture=clean_text(own.get("prefecture_name") or own.get("prefecture"), 20),
        address=join("addr01", "addr02", "addr03")[:300],
        phone=clean_text(own.get("full_tel") or phone, 40),
    )


def parse_orders(answer: dict[str, Any]) -> list[Order]:
    included = collect_included(answer)
    return [parse_order(entry, included) for entry in answer["data"]]


def parse_order(entry: dict[str, Any], included: Included) -> Order:
    own = entry["attributes"]
    state, word = parse_order_state(own)
    return Order(
        external_id=clean_text(entry["id"], 60),
        customer_external_id=clean_text(own.get("customer_id"), 60),
        number=clean_text(own.get("number"), 60),
        state=state,
        word=word,
        times=min(parse_number(own.get("times")), MOST_TIMES),
        total=parse_number(own.get("total")),
        ordered_at=parse_time(
            own.get("completed_at") or own.get("created_at") or own["updated_at"]
        ),
        changed_at=parse_time(own["updated_at"]),
        subscription_external_id=clean_text(own.get("subs_order_id"), 60),
        lines=parse_lines(entry, included),
        subtotal=parse_number(own.get("subtotal")),
        shipping_fee=parse_number(own.get("deliv_fee")),
        discount=parse_number(own.get("discount")),
        points_used=parse_number(own.get("redeem_point")),
        coupons=clean_text(own.get("coupons"), 500),
        payment_method=clean_text(own.get("payment_method_name"), 100),
        email=clean_text(own.get("email"), 254),
        shipped_at=parse_optional_time(own.get("shipped_at")),
        delivered_at=parse_optional_time(own.get("delivered_at")),
        carrier=clean_text(own.get("shipping_carrier_name"), 60),
        tracking_number=clean_text(own.get("shipping_slip"), 60),
        tracking_url=clean_text(own.get("tracking_url"), 300),
        url=clean_text(own.get("url"), 300),
        campaign=parse_campaigns(own),
        advertiser=clean_text(own.get("advertiser"), 200),
        device=clean_text(own.get("device_variant"), 60),
    )


def parse_order_state(own: dict[str, Any]) -> tuple[str, str]:
    """Return our state and the cart's word: of the order where that is over, else of its payment."""
    state, word = (
        clean_text(own.get("state"), 60),
        clean_text(own.get("payment_state"), 60),
    )
    if own.get("deleted_at"):
        return "cancelled", "deleted"
    if state in ORDER_STATES:
        return ORDER_STATES[state], state
    return PAYMENT_STATES.get(word, "other"), word


def parse_campaigns(own: dict[str, Any]) -> str:
    """Return the names of the order's campaigns; of the group of its address where there is none."""
    names = [clean_text(each.get("name")) for each in own.get("campaigns") or []]
    return clean_text("、".join(names) or own.get("url_group"), 200)


def parse_lines(entry: dict[str, Any], included: Included) -> tuple[Line, ...]:
    """Return the order's lines; where no items came along, one of the product that the row itself names."""
    own = entry["attributes"]
    items = list_related(entry, "order_items", included)
    if items:
        return tuple(
            Line(
                sku=clean_text(
                    each.get("variant_sku") or each.get("product_number"), 100
                ),
                name=clean_text(each.get("product_name"), 200),
                quantity=parse_number(each.get("quantity")) or 1,
                price=parse_number(each.get("price") or each.get("sales_price")),
            )
            for each in items
        )
    name = clean_text(own.get("product_name") or own.get("product_name_with_tax"), 200)
    return (Line("", name, 1, parse_number(own.get("subtotal"))),) if name else ()


def parse_subscriptions(answer: dict[str, Any]) -> list[Subscription]:
    included = collect_included(answer)
    return [parse_subscription(entry, included) for entry in answer["data"]]


def parse_subscription(entry: dict[str, Any], included: Included) -> Subscription:
    own = entry["attributes"]
    word = "deleted" if own.get("deleted_at") else clean_text(own.get("state"), 60)
    lines = parse_lines(entry, included)
    remaining = own.get("remaining_block_times")
    return Subscription(
        external_id=clean_text(entry["id"], 60),
        customer_external_id=clean_text(own.get("customer_id"), 60),
        product=clean_text("、".join(line.name for line in lines), 200),
        product_code=clean_text(
            "、".join(filter(None, (line.sku for line in lines)))
            or own.get("product_number"),
            200,
        ),
        state=SUBSCRIPTION_STATES.get(word, "other"),
        word=word,
        number=clean_text(own.get("number"), 60),
        times=min(parse_number(own.get("times")), MOST_TIMES),
        next_at=parse_optional_time(own.get("scheduled_to_be_delivered_at")),
        changed_at=parse_time(own["updated_at"]),
        cycle=describe_cycle(own),
        is_cycle_locked=own.get("payment_schedule_locked") in (True, 1, "1"),
        remaining_times=None
        if remaining is None
        else min(parse_number(remaining), MOST_TIMES),
        stopped_at=parse_optional_time(
            own.get("canceled_at") or own.get("suspended_at")
        ),
        skips_next=own.get("skip_next_scheduled_delivery") in (True, 1, "1"),
    )


def describe_cycle(own: dict[str, Any]) -> str:
    """Return the rhythm of the deliveries in Japanese; the cart's own words where it is of another kind."""
    days = parse_number(own.get("scheduled_to_be_delivered_every_x_day"))
    months = parse_number(own.get("scheduled_to_be_delivered_every_x_month"))
    day = parse_number(own.get("scheduled_to_be_delivered_on_xth_day"))
    schedule = clean_text(own.get("payment_schedule"), 100)
    if schedule == "term" and days:
        return ngettext("%(days)s日ごと", "%(days)s日ごと", days) % {"days": days}
    if schedule == "date" and months:
        if not day:
            words = ngettext("%(months)sか月ごと", "%(months)sか月ごと", months)
            return words % {"months": months}
        words = ngettext(
            "%(months)sか月ごと・%(day)s日", "%(months)sか月ごと・%(day)s日", months
        )
        return words % {"months": months, "day": day}
    return schedule


PARSERS: dict[Resource, Any] = {
    Resource.CUSTOMERS: parse_customers,
    Resource.ORDERS: parse_orders,
    Resource.SUBSCRIPTIONS: parse_subscriptions,
}
