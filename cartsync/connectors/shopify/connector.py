"""Shopify: the Admin API in GraphQL, with the token of an app that the shop made itself. It is read, never changed.

Subscriptions at Shopify belong to the app that made them and can be changed by that app alone, so none are read.
"""

import hmac
import json
import math
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.answer_secrets import drop_secrets
from cartsync.connectors.answer_shapes import check_rows
from cartsync.connectors.base import (
    Capability,
    Connector,
    Customer,
    Key,
    Order,
    Page,
    Resource,
    Window,
)
from cartsync.connectors.forms import ConnectorForm, SecretTextField
from cartsync.connectors.shopify.rows import (
    CUSTOMER,
    ORDER,
    parse_shopify_customer,
    parse_shopify_order,
)
from outbound.errors import FixSettings, GiveUp, TryLater

PER = 50  # rows a page: what one query may cost is limited, and an order has lines
LISTS = {
    Resource.CUSTOMERS: ("customers", CUSTOMER, parse_shopify_customer),
    Resource.ORDERS: ("orders", ORDER, parse_shopify_order),
}
LIST = """query ($first: Int!, $after: String, $query: String, $reverse: Boolean) {{
  {name}(first: $first, after: $after, query: $query, sortKey: UPDATED_AT, reverse: $reverse) {{
    nodes {{ {fields} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
COUNT = "{ customersCount { count } }"
LONGEST_PAUSE = 60  # seconds


class ShopifySettings(ConnectorForm):
    """What is needed to reach a shop at Shopify."""

    field_order = ("base_url", "token", "api_version", "hint_secret", "customer_url")
    token = SecretTextField(
        label=_("Admin APIアクセストークン"),
        help_text=_(
            "ストアで作ったアプリのAdmin APIアクセストークンです。read_customersとread_ordersの権限が必要です。"
            "60日より前の注文を読むには、read_all_ordersも必要です。保存した値は表示しません。"
        ),
    )
    hint_secret = SecretTextField(
        label=_("アプリのシークレット"),
        help_text=_(
            "Webhookの署名を確かめるための、アプリのクライアントシークレットです。保存した値は表示しません。"
        ),
    )
    api_version = forms.RegexField(
        r"\A20[0-9]{2}-(01|04|07|10)\Z",
        label=_("APIのバージョン"),
        initial="2026-01",
        help_text=_(
            "例：2026-01。Shopifyが終えたバージョンは、新しいものに変えてください。"
        ),
    )

    def clean_base_url(self) -> str:
        """Return the address; the API answers only at the shop's own name below myshopify.com."""
        address = super().clean_base_url()
        if address.startswith("https://") and not address.endswith(".myshopify.com"):
            raise ValidationError(
                gettext(
                    "「https://（ストア名）.myshopify.com」の形で入力してください。独自ドメインでは接続できません。"
                ),
                code="domain",
            )
        return address


class Shopify(Connector):
    label = "Shopify"
    needs = _(
        "カスタムアプリのAdmin APIアクセストークンが必要です。定期購買のアプリの契約は読み込めません。"
    )
    doc = "connectors.md"
    settings_form = ShopifySettings
    secret_fields = frozenset({"token", "hint_secret"})
    optional_secrets = frozenset({"hint_secret"})
    hint_key = "hint_secret"
    capabilities = frozenset(
        {
            Capability.READ_CHANGES,
            Capability.FIND_CUSTOMER,
            Capability.READ_CUSTOMER_ORDERS,
        }
    )
    keys = (Key.EMAIL, Key.PHONE, Key.EXTERNAL_ID)
    resources = (Resource.CUSTOMERS, Resource.ORDERS)
    sold_words = _("支払い状況が「支払い済み」（PAID）の注文")

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        asked = f"updated_at:<'{format_utc(window.until)}'"
        if window.since:
            asked = f"updated_at:>='{format_utc(window.since)}' AND {asked}"
        rows, following = self._list(resource, asked, cursor)
        kept = [
            row
            for row in rows
            if (window.since is None or row.changed_at >= window.since)
            and row.changed_at < window.until
        ]
        # How many rows there are is not told.
        return Page(kept, following, complete=True)

    def check(self) -> int | None:
        found = self._ask(COUNT, {}).get("customersCount")
        if not isinstance(found, dict) or type(found.get("count")) is not int:
            raise TryLater("unreadable")
        return int(found["count"])

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        names = {Key.EMAIL: "email", Key.PHONE: "phone", Key.EXTERNAL_ID: "id"}
        if set(keys) - set(names):
            raise GiveUp("unsupported")
        asked = [f"{names[key]}:{quote_term(value)}" for key, value in keys.items()]
        return self._list(Resource.CUSTOMERS, " AND ".join(asked), "")[0]

    def orders_of(self, customer_external_id: str) -> list[Order]:
        asked = f"customer_id:{quote_term(customer_external_id)}"
        rows, _following = self._list(Resource.ORDERS, asked, "", newest_first=True)
        return [row for row in rows if row.customer_external_id == customer_external_id]

    def _list(
        self, resource: Resource, asked: str, cursor: str, newest_first: bool = False
    ) -> tuple[list[Any], str]:
        """Return the rows of one page, and the cursor of the next one, "" at the end."""
        name, fields, parse = LISTS[resource]
        answer = self._ask(
            LIST.format(name=name, fields=fields),
            {
                "first": PER,
                "after": cursor or None,
                "query": asked,
                "reverse": newest_first,
            },
        ).get(name)
        page = answer.get("pageInfo") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or not isinstance(page, dict):
            raise TryLater("unreadable")
        rows = [parse(row) for row in check_rows(answer.get("nodes"))]
        following = page.get("endCursor") if page.get("hasNextPage") is True else ""
        if not isinstance(following, str):
            raise TryLater("unreadable")
        return rows, following

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        version = self.settings.get("api_version") or "2026-01"
        sent = json.dumps({"query": query, "variables": variables}).encode()
        headers = {
            "X-Shopify-Access-Token": str(self.settings.get("token", "")),
            "Content-Type": "application/json",
        }
        path = f"/admin/api/{version}/graphql.json"
        answer = self.http.call("POST", path, [], headers, sent)
        raise_for_errors(answer)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise TryLater("unreadable")
        drop_secrets(data)
        return data

    @classmethod
    def is_signed(cls, key: str, body: bytes, headers: Mapping[str, str]) -> bool:
        made = b64encode(hmac.digest(key.encode(), body, "sha256"))
        given = headers.get("X-Shopify-Hmac-Sha256", "")
        return hmac.compare_digest(made, given.encode())

    @classmethod
    def build_customer_url(
        cls, settings: Mapping[str, Any], external_id: str, number: str
    ) -> str:
        if settings.get("customer_url"):
            return super().build_customer_url(settings, external_id, number)
        return f"{settings.get('base_url', '')}/admin/customers/{external_id}"


def format_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def quote_term(value: str) -> str:
    """Return a value of the search as one quoted term."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def raise_for_errors(answer: dict[str, Any]) -> None:
    """Raise what the errors of GraphQL call for; they come with status 200."""
    errors = answer.get("errors")
    if not errors:
        return
    if isinstance(errors, str):
        raise FixSettings("refused")
    codes = {
        (error.get("extensions") or {}).get("code")
        for error in check_rows(errors)
        if isinstance(error.get("extensions") or {}, dict)
    }
    if "THROTTLED" in codes:
        raise TryLater("busy", compute_pause(answer))
    if "ACCESS_DENIED" in codes:
        raise FixSettings("forbidden")
    if "INTERNAL_SERVER_ERROR" in codes:
        raise TryLater("broken")
    raise GiveUp("rejected")


def compute_pause(answer: dict[str, Any]) -> timedelta | None:
    """Return how long the points of the query take to come back, as the answer tells; None where it does not."""
    try:
        cost = answer["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = cost["requestedQueryCost"] - status["currentlyAvailable"]
        seconds = math.ceil(missing / status["restoreRate"])
    except (KeyError, TypeError, ZeroDivisionError):
        return None
    return timedelta(seconds=min(max(seconds, 1), LONGEST_PAUSE))
