"""EC-CUBE 4 with its Web API plugin (Api42, Api43, Api44): GraphQL, with a grant of OAuth2 that ends each hour.

Lists come newest change first, with page numbers. A row that changes while pages are read goes to the front: others
come twice, none is missed; it comes itself in the next window. So no end is asked for: a row that left the list would
let all behind it move up, unseen. One that is deleted does, and shows in the count: the pages before are read again.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
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
from cartsync.connectors.eccube.rows import (
    CUSTOMER,
    ORDER,
    parse_eccube_customer,
    parse_eccube_order,
)
from cartsync.connectors.ecforce_cells import format_phone_digits
from cartsync.connectors.forms import ConnectorForm, SecretTextField, clean_origin
from cartsync.connectors.grants import Granted
from cartsync.connectors.times import JAPAN
from outbound.errors import FixSettings, GiveUp, TryLater

PER = 50  # rows a page
LISTS = {
    Resource.CUSTOMERS: ("customers", CUSTOMER, parse_eccube_customer),
    Resource.ORDERS: ("orders", ORDER, parse_eccube_order),
}
TYPES = {
    "page": "Int", "limit": "Int", "update_datetime_start": "DateTime", "multi": "String", "phone_number": "String",
    "customer_status": "[String]",
}  # fmt: skip
# Without them the list leaves out those who left.
EVERY_STATUS = ["1", "2", "3"]
NOT_FOUND = "not found"
INTERNAL = "Internal server error"


class EccubeSettings(ConnectorForm):
    """What is needed to reach a shop of EC-CUBE; the grant itself is given at the cart."""

    field_order = (
        "base_url",
        "admin_path",
        "client_id",
        "client_secret",
        "customer_url",
    )
    admin_path = forms.RegexField(
        r"\A[A-Za-z0-9_-]{1,60}\Z",
        label=_("管理画面のパス"),
        initial="admin",
        help_text=_(
            "管理画面のURLで、ドメインの次にある言葉です。例：https://shop.example.jp/admin/ なら admin"
        ),
    )
    client_id = forms.RegexField(
        r"\A[\x21-\x7e]{1,200}\Z",
        label=_("クライアントID"),
        help_text=_(
            "EC-CUBEの「設定 › API管理 › OAuth管理」で登録した値です。スコープはreadだけで足ります。"
        ),
    )
    client_secret = SecretTextField(label=_("クライアントシークレット"))
    hint_secret = SecretTextField(
        label=_("Webhookのシークレット"),
        help_text=_(
            "EC-CUBEの「設定 › API管理 › WebHook管理」で決めた値です。保存した値は表示しません。"
        ),
    )

    def clean_base_url(self) -> str:
        """Return the address with the folder that the shop is in."""
        address = self.cleaned_data["base_url"]
        return clean_origin(address) + urlsplit(address).path.rstrip("/")


class Eccube(Connector):
    label = "EC-CUBE 4"
    needs = _(
        "Web APIプラグインと、そこで登録したクライアントが必要です。保存したあと、カートの管理画面で許可します。"
    )
    doc = "connectors.md"
    settings_form = EccubeSettings
    secret_fields = frozenset({"client_secret", "hint_secret"})
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
    needs_approval = True
    sold_words = _("対応状況が「入金済み」か「発送済み」の受注")

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        place = json.loads(cursor) if cursor else {"page": 1, "seen": 0}
        asked = {"page": place["page"]}
        if window.since:
            asked["update_datetime_start"] = format_atom(window.since)
        rows, total, goes_on = self._list(resource, asked)
        # A first reading may last for hours: what changed since it began is taken along.
        kept = [
            row
            for row in rows
            if window.since is None or window.since <= row.changed_at < window.until
        ]
        seen = place["seen"] + len(rows)
        if (fewer := place.get("total", total) - total) > 0:
            before = place["page"] - 1
            size = max(place["seen"] // before, 1)
            back = min(-(-fewer // size), before)
            again = {"page": before + 1 - back, "seen": place["seen"] - back * size}
            return Page(kept, json.dumps({**again, "total": total}), total=total)
        if not goes_on or not rows:
            return Page(kept, "", complete=seen == total, total=total)
        following = {"page": place["page"] + 1, "seen": seen, "total": total}
        return Page(kept, json.dumps(following), total=total)

    def check(self) -> int | None:
        return self._list(Resource.CUSTOMERS, {"page": 1}, per=1)[1]

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        if set(keys) - set(self.keys):
            raise GiveUp("unsupported")
        if number := keys.get(Key.EXTERNAL_ID):
            own = self._get_customer(number, CUSTOMER)
            return [parse_eccube_customer(own)] if own else []
        asked: dict[str, Any] = {"page": 1}
        if Key.EMAIL in keys:
            asked["multi"] = keys[Key.EMAIL]
        if Key.PHONE in keys:
            asked["phone_number"] = format_phone_digits(keys[Key.PHONE])
        return self._list(Resource.CUSTOMERS, asked)[0]

    def orders_of(self, customer_external_id: str) -> list[Order]:
        own = self._get_customer(customer_external_id, f"Orders {{ {ORDER} }}")
        rows = [parse_eccube_order(row) for row in check_rows(own.get("Orders") or [])]
        # Orders that were never placed stand among them.
        placed = [row for row in rows if row.state != "other"]
        placed.sort(key=lambda row: row.ordered_at, reverse=True)
        return placed[:PER]

    # ---------------------------------------------------------------- asking
    def _list(
        self, resource: Resource, asked: dict[str, Any], per: int = PER
    ) -> tuple[list[Any], int, bool]:
        """Return the rows of one page, how many there are in all, and whether there is a next page."""
        name, fields, parse = LISTS[resource]
        given = {"limit": per, **asked}
        if resource == Resource.CUSTOMERS:
            given["customer_status"] = EVERY_STATUS
        declared = ", ".join(f"${key}: {TYPES[key]}" for key in given)
        passed = ", ".join(f"{key}: ${key}" for key in given)
        wanted = f"nodes {{ {fields} }} totalCount pageInfo {{ hasNextPage }}"
        query = f"query ({declared}) {{ {name}({passed}) {{ {wanted} }} }}"
        page = self._ask(query, given).get(name)
        info = page.get("pageInfo") if isinstance(page, dict) else None
        if not isinstance(page, dict) or not isinstance(info, dict):
            raise TryLater("unreadable")
        total = page.get("totalCount")
        if type(total) is not int:
            raise TryLater("unreadable")
        rows = [parse(row) for row in check_rows(page.get("nodes"))]
        return rows, total, info.get("hasNextPage") is True

    def _get_customer(self, number: str, fields: str) -> dict[str, Any]:
        """Return these fields of one customer; none where there is no such customer."""
        if not (number.isascii() and number.isdigit()):
            return {}
        query = f"query {{ customer(id: {number}) {{ {fields} }} }}"
        own = self._ask(query, {}, may_be_missing=True).get("customer")
        if own is not None and not isinstance(own, dict):
            raise TryLater("unreadable")
        return own or {}

    def _ask(
        self, query: str, variables: dict[str, Any], may_be_missing: bool = False
    ) -> dict[str, Any]:
        sent = json.dumps({"query": query, "variables": variables}).encode()
        token = self.grants.get_token(self._fetch_renewed)
        try:
            answer = self._post(sent, token)
        except FixSettings as error:
            if error.code != "refused":
                raise
            answer = self._post(
                sent, self.grants.renew_token(token, self._fetch_renewed)
            )
        raise_for_eccube_errors(answer, may_be_missing)
        data = answer.get("data")
        if data is None and may_be_missing:
            return {}
        if not isinstance(data, dict):
            raise TryLater("unreadable")
        drop_secrets(data)
        return data

    def _post(self, sent: bytes, token: str) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        return self.http.call("POST", "/api", [], headers, sent)

    # ---------------------------------------------------------------- the grant
    @classmethod
    def build_approval_url(
        cls, settings: Mapping[str, Any], return_url: str, state: str
    ) -> str:
        asked = {
            "response_type": "code",
            "client_id": settings.get("client_id", ""),
            "redirect_uri": return_url,
            "scope": "read",
            "state": state,
        }
        where = f"{settings.get('base_url', '')}/{settings.get('admin_path', '')}"
        return f"{where}/authorize?{urlencode(asked)}"

    def fetch_granted(self, code: str, return_url: str) -> Granted:
        given = {"grant_type": "authorization_code", "code": code}
        return self._fetch_token({**given, "redirect_uri": return_url})

    def _fetch_renewed(self, renewal: str) -> Granted:
        given = {"grant_type": "refresh_token", "refresh_token": renewal}
        return self._fetch_token(given)

    def _fetch_token(self, given: dict[str, str]) -> Granted:
        own = ("client_id", "client_secret")
        given |= {name: str(self.settings.get(name, "")) for name in own}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            return self.http.call(
                "POST", "/token", [], headers, urlencode(given).encode()
            )
        except (GiveUp, FixSettings) as error:
            if error.code in ("rejected", "refused"):
                raise FixSettings("unapproved") from error
            raise

    @classmethod
    def is_signed(cls, key: str, body: bytes, headers: Mapping[str, str]) -> bool:
        made = hmac.new(key.encode(), body, "sha256").hexdigest()
        given = headers.get("X-ECCUBE-Signature", "")
        return hmac.compare_digest(made.encode(), given.encode())

    @classmethod
    def build_customer_url(
        cls, settings: Mapping[str, Any], external_id: str, number: str
    ) -> str:
        if settings.get("customer_url"):
            return super().build_customer_url(settings, external_id, number)
        where = f"{settings.get('base_url', '')}/{settings.get('admin_path', '')}"
        return f"{where}/customer/{external_id}/edit"


def format_atom(moment: datetime) -> str:
    """Return the one format that its times are asked in: 2026-11-22T14:30:00+09:00."""
    return moment.astimezone(JAPAN).isoformat(timespec="seconds")


def raise_for_eccube_errors(answer: dict[str, Any], may_be_missing: bool) -> None:
    """Raise what the errors call for; they come with status 200, and what is no row is one of them."""
    errors = check_rows(answer.get("errors") or [])
    said = [str(one.get("message", "")) for one in errors]
    if may_be_missing and all(words.endswith(NOT_FOUND) for words in said):
        return
    if INTERNAL in said:
        raise TryLater("broken")
    if said:
        raise GiveUp("rejected")
