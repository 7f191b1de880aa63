"""The cart's rows made from a seed: customers, subscriptions and orders, ending on the evening of `today`.

A row is a plain dict with the API's attribute names. Times are JST text with microseconds
("2026/11/22 14:30:05.123456"); the API shows them without: that is why `_eq` on a time finds nothing,
in the real cart as well.
"""

import random
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from sandbox.cart.words import PRODUCTS
from sandbox.people import Person, make_people

JST = timezone(timedelta(hours=9))
Row = dict[str, Any]
Tables = dict[str, dict[int, Row]]
# How orders are paid, and the ways by which they come: address, campaign, advertiser.
METHODS = ("クレジットカード", "後払い", "代金引換")
WAYS = (
    ("https://shop.example.jp/lp/collagen01", "春の初回半額", "LINE広告"),
    ("https://shop.example.jp/lp/greentea", "お茶キャンペーン", "アフィリエイトA"),
    ("https://shop.example.jp/", "", ""),
)
FIRST_ID = {"customers": 10001, "subs_orders": 4001, "orders": 90001}


def format_stamp(at: datetime) -> str:
    return at.strftime("%Y/%m/%d %H:%M:%S.%f")


def format_now() -> str:
    return format_stamp(datetime.now(JST))


def make_shop(seed: int, size: int, today: date) -> Tables:
    """Make all rows: {"customers": {id: row}, "subs_orders": …, "orders": …}.

    Customer number i is person number i.
    """
    tables: Tables = {name: {} for name in FIRST_ID}
    for person in make_people(seed, size):
        dice = random.Random(f"cart:{seed}:{person.index}")  # noqa: S311 - made-up purchases
        customer = _make_customer(person, dice, today)
        tables["customers"][customer["id"]] = customer
        if dice.random() < 0.68:
            _make_subscription(tables, customer, dice, today)
        else:
            _buy_once(tables, customer, dice, today)
        count_purchases(tables, customer)
    return tables


def _make_customer(person: Person, dice: random.Random, today: date) -> Row:
    first = _pick_moment(dice, today - timedelta(days=dice.randint(1, 700)))
    state = dice.choices(
        ["member", "guest", "visitor", "withdrawn"], weights=[88, 6, 3, 3]
    )[0]
    return {
        "id": FIRST_ID["customers"] + person.index,
        "number": f"C{person.index + 1:07d}",
        "state": state,
        "email": person.email_raw,
        "name01": person.family,
        "name02": person.given,
        "kana01": person.family_kana,
        "kana02": person.given_kana,
        "full_tel": person.phone_raw,
        "zip": person.zip,
        "prefecture": person.prefecture,
        "addr01": person.city,
        "addr02": person.street,
        "sex": "女性" if person.gender == "female" else "男性",
        "birth": person.birthday.strftime("%Y/%m/%d") if dice.random() < 0.8 else None,
        "optin": dice.random() < 0.6,
        "point": dice.randrange(0, 3000, 10),
        "point_expired_at": f"{today.year + 1}/03/31 23:59:59",
        "coupon_codes": dice.choice(["", "", "", "THANKS500", "BDAY10"]),
        "created_at": format_stamp(first),
        "updated_at": format_stamp(first),
    }


def _pick_moment(dice: random.Random, day: date) -> datetime:
    at = datetime.combine(day, time(tzinfo=JST))
    return at + timedelta(
        seconds=dice.randint(6 * 3600, 20 * 3600), microseconds=dice.randint(1, 999_999)
    )


def _make_subscription(
    tables: Tables, customer: Row, dice: random.Random, today: date
) -> None:
    """Make a subscription delivered each month since the customer came, perhaps stopped or cancelled on the way."""
    began = datetime.strptime(customer["created_at"], "%Y/%m/%d %H:%M:%S.%f").replace(
        tzinfo=JST
    )
    months = max(1, (today - began.date()).days // 30)
    state = dice.choices(["active", "suspend", "canceled"], weights=[62, 10, 28])[0]
    times = months if state == "active" else dice.randint(1, months)
    row = add_blank_subscription(
        tables, customer, format_stamp(began), *dice.choice(PRODUCTS)
    )
    for n in range(times):
        at = began + timedelta(days=30 * n)
        voided = dice.random() < 0.03
        create_order(
            tables,
            customer,
            format_stamp(at),
            row,
            voided=voided,
            shipped=at.date() < today - timedelta(days=3),
        )
    last = began + timedelta(
        days=30 * (times - 1), hours=dice.randint(1, 48) if state != "active" else 0
    )
    last = min(last, datetime.combine(today, time(20, tzinfo=JST)))
    next_at = (
        (began + timedelta(days=30 * times)).strftime("%Y/%m/%d 00:00:00")
        if state == "active"
        else None
    )
    row |= {
        "state": state,
        "updated_at": format_stamp(last),
        "scheduled_to_be_delivered_at": next_at,
    }
    if state != "active":
        name = "suspended_at" if state == "suspend" else "canceled_at"
        row |= {
            name: format_stamp(last),
            f"{state.removesuffix('ed')}_reason_ids": [str(dice.randint(1, 5))],
        }
    customer["updated_at"] = max(customer["updated_at"], format_stamp(last))


def _buy_once(tables: Tables, customer: Row, dice: random.Random, today: date) -> None:
    for _ in range(dice.choice([0, 1, 1, 1, 2])):
        days = (
            today - datetime.strptime(customer["created_at"][:10], "%Y/%m/%d").date()
        ).days
        at = format_stamp(
            _pick_moment(
                dice, today - timedelta(days=dice.randint(0, max(0, days - 1)))
            )
        )
        order = create_order(
            tables, customer, at, None, voided=dice.random() < 0.05, shipped=days > 3
        )
        customer["updated_at"] = max(customer["updated_at"], order["updated_at"])


def find_next_id(tables: Tables, name: str) -> int:
    # Rows are only ever added at the end, so the last one holds the highest id.
    rows = tables[name]
    return next(reversed(rows)) + 1 if rows else FIRST_ID[name]


def add_blank_subscription(
    tables: Tables, customer: Row, at: str, sku: str, product: str, price: int
) -> Row:
    number = find_next_id(tables, "subs_orders")
    row = {
        "id": number,
        "number": f"S{number:07d}",
        "customer_id": customer["id"],
        "customer_number": customer["number"],
        "state": "active",
        "times": 0,
        "orders_count": 0,
        "product_number": sku,
        "product_name": product,
        "subtotal": price,
        "payment_schedule": "date",
        "scheduled_to_be_delivered_every_x_month": 1,
        "scheduled_to_be_delivered_on_xth_day": int(at[8:10]),
        "scheduled_to_be_delivered_every_x_day": None,
        "payment_schedule_locked": 0,
        "recurring_block_times": 3,
        "remaining_block_times": 3,
        "skip_next_scheduled_delivery": False,
        "scheduled_to_be_delivered_at": None,
        "suspended_at": None,
        "canceled_at": None,
        "suspend_reason_ids": [],
        "cancel_reason_ids": [],
        "memo01": "",
        "tbc": False,
        "created_at": at,
        "updated_at": at,
    }
    tables["subs_orders"][number] = row
    return row


def create_order(
    tables: Tables,
    customer: Row,
    at: str,
    subscription: Row | None,
    voided: bool = False,
    shipped: bool = True,
) -> Row:
    """Add an order; of a subscription it is its next 回. 売上完了 once shipped, 取消済み when voided."""
    number = find_next_id(tables, "orders")
    sku, product, price = _choose_product(number, subscription)
    gone = shipped and not voided
    row = {
        "id": number,
        "number": f"D{number:08d}",
        "customer_id": customer["id"],
        "customer_number": customer["number"],
        "subs_order_id": subscription["id"] if subscription else None,
        "kind": "定期受注" if subscription else "通常受注",
        "times": subscription["times"] if subscription else None,
        "state": "canceled" if voided else "complete",
        "payment_state": "voided" if voided else "completed" if shipped else "authed",
        "email": customer["email"],
        "product_number": sku,
        "product_name": product,
        "subtotal": price,
        "deliv_fee": 550,
        "discount": 0,
        "redeem_point": 0,
        "coupons": "",
        "total": price + 550,
        "completed_at": at,
        "canceled_at": at if voided else None,
        "created_at": at,
        "updated_at": at,
        **_choose_way(number),
        **_ship_order(number, at, at if gone else None),
    }
    tables["orders"][number] = row
    if gone:
        customer["bought"] = [*customer.get("bought", []), (at, row["total"])]
    return row


def _choose_product(number: int, subscription: Row | None) -> tuple[str, str, int]:
    """Return (number, name, price) of what is ordered; of a subscription its next 回 is counted."""
    if not subscription:
        return PRODUCTS[number % len(PRODUCTS)]
    subscription |= {
        "times": subscription["times"] + 1,
        "orders_count": subscription["orders_count"] + 1,
        "remaining_block_times": max(0, 2 - subscription["times"]),
    }
    return (
        subscription["product_number"],
        subscription["product_name"],
        subscription["subtotal"],
    )


def _choose_way(number: int) -> Row:
    """Return by which way the order came in, and how it is paid."""
    url, group, advertiser = WAYS[number % len(WAYS)]
    return {
        "payment_method_name": METHODS[number % len(METHODS)],
        "url": url,
        "url_group": group,
        "advertiser": advertiser,
        "device_variant": "スマートフォン" if number % 3 else "PC",
    }


def _ship_order(number: int, ordered_at: str, gone_at: str | None) -> Row:
    """Return the fields of its shipping; ``gone_at``: when it left, None before."""
    return {
        "shipping_carrier_name": "ヤマト運輸",
        "tracking_url": "",
        "scheduled_to_be_shipped_at": f"{ordered_at[:10]} 00:00:00",
        "shipped_at": gone_at,
        "delivered_at": gone_at,
        "shipping_slip": f"4{number:011d}" if gone_at else None,
    }


def count_purchases(tables: Tables, customer: Row) -> None:
    """Count purchases: 購入回数 and 購入総額 include 売上完了 only."""
    bought = customer.pop("bought", [])
    customer["buy_times"] = customer.get("buy_times", 0) + len(bought)
    customer["buy_total"] = customer.get("buy_total", 0) + sum(
        total for _, total in bought
    )
    times = [at for at, _ in bought]
    customer["first_order_completed_at"] = customer.get(
        "first_order_completed_at"
    ) or min(times, default=None)
    customer["last_order_completed_at"] = max(
        times, default=customer.get("last_order_completed_at")
    )
