"""カラーミーショップ (GMOペパボ): its public API at api.shop-pro.jp, with a token of the shop's own application.

What is used is what the vendor's own client and MCP server name: pages by offset, times as seconds since 1970. The
order of a list is not told: a row that moves while pages are read can be missed, and the total then shows it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartsync.connectors.answer_secrets import drop_secrets
from cartsync.connectors.answer_shapes import check_rows, read_id
from cartsync.connectors.base import (
    Address,
    Capability,
    Connector,
    Customer,
    Key,
    Line,
    Order,
    Page,
    Resource,
    Window,
)
from cartsync.connectors.ecforce_cells import clean_text, parse_number
from cartsync.connectors.forms import CustomerPageForm, SecretTextField
from cartsync.connectors.times import format_japanese_time, read_unix_time
from outbound.errors import GiveUp, TryLater

API = "https://api.shop-pro.jp"
PER = 50  # an older reference of the vendor says that a page has 50 rows at most, a newer one 100
# Without any day the cart gives the orders of the last seven days only.
FIRST_DAY = "2000-01-01"
LISTS = {Resource.CUSTOMERS: "customers", Resource.ORDERS: "sales"}


class ColormeSettings(CustomerPageForm):
    """What is needed to reach a shop at カラーミー."""

    field_order = ("token", "customer_url")
    token = SecretTextField(
        label=_("アクセストークン"),
        help_text=_(
            "カラーミーショップのデベロッパーアカウントで作ったアプリのアクセストークンです。"
            "保存した値は表示しません。変えるときだけ入れてください。"
        ),
    )


class Colorme(Connector):
    label = _("カラーミーショップ")
    needs = _("デベロッパーアカウントで作ったアプリのアクセストークンが必要です。")
    doc = "connectors.md"
    settings_form = ColormeSettings
    capabilities = frozenset(
        {
            Capability.READ_CHANGES,
            Capability.FIND_CUSTOMER,
            Capability.READ_CUSTOMER_ORDERS,
        }
    )
    knows_line_id = True
    keys = (Key.EMAIL, Key.LINE_ID, Key.EXTERNAL_ID)
    resources = (Resource.CUSTOMERS, Resource.ORDERS)
    sold_words = _("入金済みの受注（キャンセルを除く）")

    def __init__(self, settings: Mapping[str, Any], **options: Any) -> None:
        super().__init__({"base_url": API, **settings}, **options)

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        offset = json.loads(cursor)["offset"] if cursor else 0
        params = [("update_date_max", format_japanese_time(window.until))]
        if window.since:
            params.append(("update_date_min", format_japanese_time(window.since)))
        answer = self._list(resource, params, offset)
        found = answer[LISTS[resource]]
        rows = [PARSERS[resource](row) for row in found]
        kept = [
            row
            for row in rows
            if (window.since is None or row.changed_at >= window.since)
            and row.changed_at < window.until
        ]
        total = self._read_total(answer)
        seen = offset + len(found)
        is_last = not found or (
            seen >= total if total is not None else len(found) < PER
        )
        if is_last:
            return Page(kept, "", complete=total in (None, seen), total=total)
        return Page(kept, json.dumps({"offset": seen}), total=total)

    def check(self) -> int | None:
        return self._read_total(self._list(Resource.CUSTOMERS, [], 0, per=1))

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        names = {Key.EMAIL: "mail", Key.LINE_ID: "line_uid", Key.EXTERNAL_ID: "ids"}
        if set(keys) - set(names):
            raise GiveUp("unsupported")
        params = [(names[key], value) for key, value in keys.items()]
        answer = self._list(Resource.CUSTOMERS, params, 0)
        return [parse_colorme_customer(row) for row in answer["customers"]]

    def orders_of(self, customer_external_id: str) -> list[Order]:
        params = [("customer_ids", customer_external_id)]
        answer = self._list(Resource.ORDERS, params, 0)
        orders = [parse_colorme_order(row) for row in answer["sales"]]
        return [
            order
            for order in orders
            if order.customer_external_id == customer_external_id
        ]

    def _list(
        self,
        resource: Resource,
        params: list[tuple[str, str]],
        offset: int,
        per: int = PER,
    ) -> dict[str, Any]:
        asked = [*params, ("limit", str(per)), ("offset", str(offset))]
        if resource == Resource.ORDERS:
            asked.append(("make_date_min", FIRST_DAY))
        headers = {"Authorization": f"Bearer {self.settings.get('token', '')}"}
        answer = self.http.get(f"/v1/{LISTS[resource]}.json", asked, headers)
        check_rows(answer.get(LISTS[resource]))
        drop_secrets(answer)
        return answer

    @staticmethod
    def _read_total(answer: dict[str, Any]) -> int | None:
        meta = answer.get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
        return None if total is None else parse_number(total)


def parse_colorme_customer(own: dict[str, Any]) -> Customer:
    """Return a customer; one whose row tells no time of a change was changed when it was read."""
    changed = own.get("update_date") or own.get("make_date")
    address = Address(
        kind="billing",
        name=clean_text(own.get("name"), 200),
        kana=clean_text(own.get("furigana"), 200),
        postal_code=clean_text(own.get("postal"), 20),
        prefecture=clean_text(own.get("pref_name"), 20),
        address=" ".join(
            clean_text(own.get(name)) for name in ("address1", "address2")
        ).strip()[:300],
        phone=read_phone(own),
    )
    return Customer(
        external_id=read_id(own.get("id")),
        number=read_id(own.get("id")),
        name=address.name,
        email=clean_text(own.get("mail"), 254),
        phone=address.phone,
        state="member" if own.get("member") is True else "guest",
        word="会員" if own.get("member") is True else "非会員",
        changed_at=read_unix_time(changed) if changed else datetime.now(UTC),
        kana=address.kana,
        line_id=clean_text(own.get("line_uid"), 64),
        addresses=(address,) if address.address or address.postal_code else (),
        points=None if own.get("points") is None else parse_number(own["points"]),
    )


def parse_colorme_order(own: dict[str, Any]) -> Order:
    customer = read_part(own, "customer")
    deliveries = check_rows(own.get("sale_deliveries") or [])
    delivery = deliveries[0] if deliveries else {}
    sent = own.get("delivered_mail_sent_date") if own.get("delivered") else None
    state, word = read_state(own)
    discounts = ("point_discount", "gmo_point_discount", "other_discount")
    return Order(
        external_id=read_id(own.get("id")),
        customer_external_id=clean_text(customer.get("id"), 60),
        number=read_id(own.get("id")),
        state=state,
        word=word,
        times=0,
        total=parse_number(own.get("total_price")),
        subtotal=parse_number(own.get("product_total_price")),
        shipping_fee=parse_number(own.get("delivery_total_charge")),
        discount=sum(parse_number(own.get(name)) for name in discounts),
        points_used=parse_number(own.get("use_points")),
        coupons=clean_text(own.get("other_discount_name"), 500),
        name=clean_text(customer.get("name"), 200),
        email=clean_text(customer.get("mail"), 254),
        phone=read_phone(customer),
        # When the shop told the customer: the day of the shipping itself is not told.
        shipped_at=read_unix_time(sent) if sent else None,
        tracking_number=clean_text(delivery.get("slip_number"), 60),
        tracking_url=clean_text(delivery.get("tracking_url"), 300),
        device="モバイル" if own.get("mobile") is True else "",
        ordered_at=read_unix_time(own.get("make_date")),
        changed_at=read_unix_time(own.get("update_date")),
        lines=tuple(parse_line(row) for row in check_rows(own.get("details") or [])),
    )


def read_state(own: dict[str, Any]) -> tuple[str, str]:
    """Return our state of an order, and its word."""
    if own.get("canceled") is True:
        return "cancelled", "キャンセル"
    return ("sold", "入金済み") if own.get("paid") is True else ("pending", "未入金")


def parse_line(own: dict[str, Any]) -> Line:
    """Return a line with the product as it was called when it was ordered."""
    name = own.get("pristine_product_full_name") or own.get("product_name")
    return Line(
        sku=clean_text(own.get("product_model_number") or own.get("product_id"), 100),
        name=clean_text(name, 200),
        quantity=max(parse_number(own.get("product_num")), 0),
        price=parse_number(own.get("price_with_tax") or own.get("price")),
    )


def read_phone(own: dict[str, Any]) -> str:
    """Return the mobile number, or the other one where there is none."""
    return clean_text(own.get("tel_mobile") or own.get("tel"), 40)


def read_part(own: dict[str, Any], name: str) -> dict[str, Any]:
    found = own.get(name)
    if not isinstance(found, dict):
        raise TryLater("unreadable")
    return found


PARSERS: dict[Resource, Callable[[dict[str, Any]], Any]] = {
    Resource.CUSTOMERS: parse_colorme_customer,
    Resource.ORDERS: parse_colorme_order,
}
