"""What the demo cart remembers: rows made from the seed, the rows changed since, and the switches."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.cart.shop import (
    JST,
    Row,
    Tables,
    add_blank_subscription,
    count_purchases,
    create_order,
    find_next_id,
    format_now,
    make_shop,
)
from sandbox.cart.words import CUSTOMER, PRODUCTS, SUBSCRIPTION

NAMES = ("name01", "name02", "kana01", "kana02")
EDITABLE = (
    *NAMES,
    "email",
    "full_tel",
    "zip",
    "prefecture",
    "addr01",
    "addr02",
    "birth",
    "state",
)


@dataclass
class Switches:
    """token: what the API asks for · rate_per_second: 0 = no limit · retry_after: seconds sent with a 429.

    total_pages: "right", "zero" or "missing" in meta · left_out: so many rows of each answer are counted, but not
    sent · payment_state: the word of new orders, also one that nobody knows; blank: the usual ones.
    office_…: the admin site behind a login: its password, the secret of its second factor (blank: none), what a robot
    is to meet there (sandbox/cart/office.py), and its layout, "a" or "b".
    """

    token: str = "demo-token"  # noqa: S105 - opens nothing but the demo cart
    outage: bool = False
    slow_ms: int = 0
    rate_per_second: float = 0.0
    retry_after: int = 3
    total_pages: str = "right"
    left_out: int = 0
    payment_state: str = ""
    office_password: str = "demo-office"  # noqa: S105 - opens nothing but the demo cart
    office_totp: str = ""
    office_fault: str = ""
    office_layout: str = "a"


class CartState:
    def __init__(
        self, changed: Callable[[], None], seed: int = 1, size: int = 1500
    ) -> None:
        self._changed = changed
        # The made-up past ends yesterday evening: nothing may be dated later than now.
        yesterday = datetime.now(JST).date() - timedelta(days=1)
        self._origin: dict[str, Any] = {
            "seed": seed,
            "size": size,
            "today": yesterday.isoformat(),
        }
        self.switches = Switches()
        self.tables: Tables = {}
        self.touched: set[tuple[str, int]] = set()
        self.requests = 0
        # The admin site: who is logged in, with how many pages they saw, and the subscriptions changed there.
        self.office_sessions: dict[str, int] = {}
        self.clicks: list[int] = []
        self._calls: list[float] = []

    def load(self, data: dict[str, Any]) -> None:
        """Rebuild the shop from its seed, then lay the changed rows over it."""
        self._origin = data.get("origin", self._origin)
        self.tables = make_shop(
            self._origin["seed"],
            self._origin["size"],
            date.fromisoformat(self._origin["today"]),
        )
        self.switches = Switches(**data.get("switches", {}))
        for name, rows in data.get("rows", {}).items():
            for row in rows:
                self.tables[name][row["id"]] = row
                self.touched.add((name, row["id"]))

    def reset(self) -> None:
        """Restore the shop as its seed makes it, without faults."""
        self.switches = Switches()
        self.office_sessions, self.clicks = {}, []
        if self.touched:
            self.touched = set()
            self.load({})
        self._changed()

    def dump(self) -> dict[str, Any]:
        rows = {
            name: [self.tables[name][n] for t, n in sorted(self.touched) if t == name]
            for name in self.tables
        }
        return {"origin": self._origin, "switches": asdict(self.switches), "rows": rows}

    def switch(self, **values: Any) -> None:
        """Change switches by name; TypeError for one that does not exist."""
        self.switches = Switches(**{**asdict(self.switches), **values})
        self._changed()

    def over_rate(self) -> bool:
        """Return whether this call is one too many within the last second."""
        limit = self.switches.rate_per_second
        if limit <= 0:
            return False
        moment = time.monotonic()
        window = max(1.0, 1 / limit)
        self._calls = [at for at in self._calls if at > moment - window]
        if len(self._calls) >= max(1, limit * window):
            return True
        self._calls.append(moment)
        return False

    def touch(self, name: str, row: Row) -> Row:
        """Mark the row as changed now: it moves to the end of every `updated_at` order."""
        row["updated_at"] = format_now()
        self.touched.add((name, row["id"]))
        self._changed()
        return row

    def add_customer(self, values: dict[str, Any]) -> Row:
        """Add a customer from values by attribute name; names, email and full_tel may be missing.

        `name` is cut at its first space.
        """
        number, at = find_next_id(self.tables, "customers"), format_now()
        family, _, given = str(values.get("name", "")).replace("　", " ").partition(" ")
        row: Row = {
            "id": number,
            "number": f"C{number - 10000:07d}",
            **dict.fromkeys(EDITABLE, ""),
        }
        row |= {
            "state": "member",
            "birth": None,
            "sex": None,
            "optin": True,
            "point": 0,
            "point_expired_at": None,
            "coupon_codes": "",
            "created_at": at,
        }
        row |= {"name01": family, "name02": given, "buy_times": 0, "buy_total": 0}
        row |= dict.fromkeys(("first_order_completed_at", "last_order_completed_at"))
        row |= {name: values[name] for name in EDITABLE if values.get(name)}
        self._check_state(row["state"], CUSTOMER)
        self.tables["customers"][number] = row
        return self.touch("customers", row)

    def edit_customer(self, number: int, values: dict[str, Any]) -> Row:
        """Change a customer. KeyError for an unknown customer, ValueError for an unknown state."""
        row = self.tables["customers"][number]
        self._check_state(values.get("state", row["state"]), CUSTOMER)
        row |= {name: values[name] for name in EDITABLE if name in values}
        return self.touch("customers", row)

    def add_subscription(self, customer_id: int, product: int = 0) -> Row:
        customer = self.tables["customers"][customer_id]
        row = add_blank_subscription(
            self.tables, customer, format_now(), *PRODUCTS[product]
        )
        return self.touch("subs_orders", row)

    def add_order(
        self,
        customer_id: int,
        subs_order_id: int | None = None,
        shipped: bool = True,
        payment_state: str = "",
    ) -> Row:
        """Add one more purchase; of a subscription it is its next 回.

        ``payment_state``: any word, also one that nobody knows.
        """
        customer = self.tables["customers"][customer_id]
        subscription = (
            self.tables["subs_orders"][subs_order_id] if subs_order_id else None
        )
        row = create_order(
            self.tables, customer, format_now(), subscription, shipped=shipped
        )
        word = payment_state or self.switches.payment_state
        row |= {"payment_state": word} if word else {}
        count_purchases(self.tables, customer)
        self.touch("customers", customer)
        if subscription:
            self.touch("subs_orders", subscription)
        return self.touch("orders", row)

    def edit_subscription(self, number: int, values: dict[str, Any]) -> Row:
        """Change state, reasons, next delivery or memo.

        What the cart does not know is dropped in silence, as by the real one.
        """
        row = self.tables["subs_orders"][number]
        state = values.get("state", row["state"])
        self._check_state(state, SUBSCRIPTION)
        known = (
            "cancel_reason_ids",
            "suspend_reason_ids",
            "scheduled_to_be_delivered_at",
            "times",
            "memo01",
            "skip_next_scheduled_delivery",
            "payment_schedule",
            "scheduled_to_be_delivered_every_x_day",
            "scheduled_to_be_delivered_every_x_month",
            "scheduled_to_be_delivered_on_xth_day",
        )
        row |= {name: values[name] for name in known if name in values}
        if state != row["state"]:
            row |= {"state": state, "suspended_at": None, "canceled_at": None}
            if state != "active":
                row |= {
                    "suspended_at"
                    if state == "suspend"
                    else "canceled_at": format_now()
                }
                row |= {"scheduled_to_be_delivered_at": None}
        return self.touch("subs_orders", row)

    @staticmethod
    def _check_state(state: Any, known: dict[str, str]) -> None:
        if state not in known:
            raise ValueError("stateパラメータが正しくありません。")
