"""ecforce: JSON:API under /api/v2/admin, ransack filters, times in Japan without an offset.

Its own reference is for contract holders; this follows its public clients. ``_eq`` on times is unreliable there,
so windows are half-open ranges. Webhooks have no published signature: never more than a hint. A 200 may have ignored a
field: what was written is read back.
"""

import json
import time
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartsync.connectors.answer_secrets import drop_secrets
from cartsync.connectors.base import (
    Action,
    Capability,
    Connector,
    Customer,
    Key,
    Order,
    Page,
    Resource,
    Subscription,
    Unconfirmed,
    Window,
)
from cartsync.connectors.ecforce_cells import (
    JAPAN,
    format_phone_digits,
    format_time,
    parse_number,
)
from cartsync.connectors.ecforce_rows import (
    PARSERS,
    check_answer_shape,
    parse_customers,
    parse_orders,
    parse_subscription,
    parse_subscriptions,
)
from cartsync.connectors.forms import ConnectorForm, SecretTextField
from cartsync.connectors.keyset import NumberedPage, read_by_change
from outbound.errors import GiveUp, TryLater

PER = 100
BASE = "/api/v2/admin"
PATHS = {
    Resource.CUSTOMERS: "customers",
    Resource.ORDERS: "orders",
    Resource.SUBSCRIPTIONS: "subs_orders",
}
# What comes along with the rows: name and phone stand in the address, products in the items.
INCLUDED = {
    Resource.CUSTOMERS: "billing_address,shipping_addresses",
    Resource.ORDERS: "order_items",
    Resource.SUBSCRIPTIONS: "order_items",
}
# How long after a change it is read back, in seconds: the cart settles a little later.
READ_BACK = (0, 5, 10, 15)
# 備考 of a subscription: the shop's own, shown in the admin site.
MEMO = "memo01"
STATES = {
    Action.CANCEL: ("canceled", "cancelled"),
    Action.PAUSE: ("suspend", "suspended"),
}
FILTERS = {
    Key.EMAIL: "q[email_eq]",
    Key.PHONE: "q[billing_address_s_full_tel_eq]",
    Key.EXTERNAL_ID: "q[id_eq]",
    Key.NUMBER: "q[number_eq]",
}


class EcforceSettings(ConnectorForm):
    """What is needed to reach a shop at ecforce."""

    field_order = ("base_url", "token", "customer_url")
    token = SecretTextField(label=_("APIトークン"))


class Ecforce(Connector):
    label = "ecforce"
    needs = _("外部サービスAPI連携のオプション契約と、APIトークンが必要です。")
    doc = "connectors.md"
    settings_form = EcforceSettings
    capabilities = frozenset(Capability)
    knows_line_id = True
    keys = (Key.EMAIL, Key.PHONE, Key.EXTERNAL_ID, Key.NUMBER)
    sold_words = _("決済状況が「売上完了」の受注")

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        def fetch(since: datetime | None, until: datetime, number: int) -> NumberedPage:
            params = [("q[updated_at_lt]", format_time(until)), ("sort", "updated_at")]
            params.append(("q[with_deleted]", "1"))
            if since:
                params.append(("q[updated_at_gteq]", format_time(since)))
            answer = self._get(resource, params, number)
            with check_answer_shape():
                meta = answer.get("meta") or {}
                rows = PARSERS[resource](answer)
                # By the rows, not by meta.total_pages, which is at times missing or 0. Pages may be shorter than asked.
                per = parse_number(meta.get("per"))
                # A count of none beside rows is no count.
                total = parse_number(meta.get("total_count")) or (None if rows else 0)
                is_last = len(rows) < min(per or PER, PER)
                if not per and total is None:
                    # A cart may have shorter pages than asked for: where it says nothing, an empty one is the end.
                    is_last = not rows
                return NumberedPage(rows, total, is_last)

        return read_by_change(fetch, window, cursor)

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        wanted = [
            (
                FILTERS[key],
                format_phone_digits(value) if key == Key.PHONE else value,
            )
            for key, value in keys.items()
        ]
        answer = self._get(Resource.CUSTOMERS, wanted, 1)
        with check_answer_shape():
            return parse_customers(answer)

    def orders_of(self, customer_external_id: str) -> list[Order]:
        params = [("q[customer_id_eq]", customer_external_id), ("sort", "-updated_at")]
        answer = self._get(Resource.ORDERS, params, 1)
        with check_answer_shape():
            return [
                row
                for row in parse_orders(answer)
                if row.customer_external_id == customer_external_id
            ]

    def subscriptions_of(self, customer_external_id: str) -> list[Subscription]:
        params = [("q[customer_id_eq]", customer_external_id), ("sort", "-updated_at")]
        answer = self._get(Resource.SUBSCRIPTIONS, params, 1)
        with check_answer_shape():
            return [
                row
                for row in parse_subscriptions(answer)
                if row.customer_external_id == customer_external_id
            ]

    def get_subscription(self, external_id: str) -> Subscription:
        return self._read_subscription(external_id)[0]

    def act(self, external_id: str, action: Action, **values: Any) -> Subscription:
        before, own = self._read_subscription(external_id)
        fields = build_change(action, values)
        memo = add_memo_line(own, values.get("memo", ""))
        sent = {"subs_order": {**fields, **memo}}
        try:
            self._call("PUT", f"subs_orders/{external_id}", sent)
        except TryLater as error:
            if error.code in ("busy", "crowded"):
                raise  # it was never taken up
        return self._read_back(external_id, action, fields, before)

    def _read_back(
        self,
        external_id: str,
        action: Action,
        fields: Mapping[str, Any],
        before: Subscription,
    ) -> Subscription:
        """Return the subscription once the cart shows the change; raise Unconfirmed after the last look."""
        for pause in READ_BACK:
            time.sleep(pause)
            try:
                found, own = self._read_subscription(external_id)
            except TryLater:
                continue
            if is_change_shown(action, fields, before, found, own):
                return found
        raise Unconfirmed("unconfirmed")

    def check(self) -> int | None:
        answer = self._get(Resource.CUSTOMERS, [], 1, per=1)
        with check_answer_shape():
            return parse_number((answer.get("meta") or {}).get("total_count"))

    def _get(
        self, resource: Resource, params: list[tuple[str, str]], page: int, per: int = 0
    ) -> dict[str, Any]:
        extra = [("page", str(page)), ("per", str(per or PER))]
        extra.append(("include", INCLUDED[resource]))
        answer = self.http.get(
            f"{BASE}/{PATHS[resource]}.json", params + extra, self._headers()
        )
        if not isinstance(answer.get("data"), list):
            raise TryLater("unreadable")
        drop_secrets(answer)
        return answer

    def _read_subscription(
        self, external_id: str
    ) -> tuple[Subscription, dict[str, Any]]:
        """Return one subscription, and the cart's own attributes of it."""
        answer = self._call("GET", f"subs_orders/{external_id}")
        with check_answer_shape():
            entry = answer["data"]
            return parse_subscription(entry, {}), entry["attributes"]

    def _call(
        self, method: str, path: str, sent: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        if not path.rpartition("/")[2].isalnum():
            raise GiveUp("rejected")
        body = json.dumps(sent).encode() if sent else None
        headers = self._headers() | (
            {"Content-Type": "application/json"} if sent else {}
        )
        answer = self.http.call(method, f"{BASE}/{path}.json", [], headers, body)
        drop_secrets(answer)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f'Token token="{self.settings.get("token", "")}"'}


def add_memo_line(own: Mapping[str, Any], line: str) -> dict[str, str]:
    """Return the memo with one more line at its end; {} where there is none to write, or none to add it to."""
    if not line or MEMO not in own:
        return {}
    return {MEMO: "\n".join(filter(None, [str(own[MEMO] or "").rstrip(), line]))}


def build_change(action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the cart is sent for an action. The ids of reasons go as text, days as the cart writes them."""
    if action in STATES:
        name = "cancel" if action == Action.CANCEL else "suspend"
        reasons = [str(reason) for reason in values.get("reasons", ())]
        chosen = {f"{name}_reason_ids": reasons} if reasons else {}
        return {"state": STATES[action][0], **chosen}
    if action == Action.SKIP:
        return {"skip_next_scheduled_delivery": 1}
    if action == Action.NEXT_DATE:
        day: date = values["date"]
        return {"scheduled_to_be_delivered_at": day.strftime("%Y/%m/%d")}
    if days := values.get("every_days"):
        return {
            "payment_schedule": "term",
            "scheduled_to_be_delivered_every_x_day": int(days),
        }
    return {
        "payment_schedule": "date",
        "scheduled_to_be_delivered_every_x_month": int(values["every_months"]),
        "scheduled_to_be_delivered_on_xth_day": int(values["on_day"]),
    }


def is_change_shown(
    action: Action,
    fields: Mapping[str, Any],
    before: Subscription,
    found: Subscription,
    own: Mapping[str, Any],
) -> bool:
    """Return whether the cart shows what was sent: a 200 alone says nothing."""
    if action in STATES:
        return found.state == STATES[action][1]
    if action == Action.SKIP:
        later = found.next_at and before.next_at and found.next_at > before.next_at
        return bool(later or own.get("skip_next_scheduled_delivery") in (True, 1, "1"))
    if action == Action.NEXT_DATE:
        shown = found.next_at and found.next_at.astimezone(JAPAN).strftime("%Y/%m/%d")
        return shown == fields["scheduled_to_be_delivered_at"]
    return all(
        parse_number(own.get(name)) == value
        for name, value in fields.items()
        if name != "payment_schedule"
    )
