"""Any cart with a REST API in JSON: paths, header, paging and fields are settings, tried out with a sample on screen.

For carts whose reference only contract holders have: the shop enters what its own reference says. Nothing here is taken
for granted of any cart. Such a cart is read only: what it does to subscriptions is not told by its shape.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.connectors.answer_secrets import drop_secrets
from cartsync.connectors.base import (
    Capability,
    Connector,
    Customer,
    Key,
    Line,
    Order,
    Page,
    Resource,
    Subscription,
    Window,
)
from cartsync.connectors.ecforce_cells import clean_text, parse_number
from cartsync.connectors.generic.settings import FIELDS, GenericSettings, read_mapping
from cartsync.connectors.generic.state_words import (
    CUSTOMER_WORDS,
    ORDER_WORDS,
    SUBSCRIPTION_WORDS,
)
from members.normalize.dates import is_blank_day
from outbound.errors import TryLater

# The start of a window: the cart's own mark of the next page, the pages and the rows so far.
START: dict[str, Any] = {"at": "", "page": 0, "seen": 0}
JAPAN = ZoneInfo("Asia/Tokyo")


class Generic(Connector):
    label = gettext_lazy("その他のカート（REST API）")
    needs = gettext_lazy(
        "リピスト（プレックス）、サブスクストアなど、APIの仕様書があるカートを、画面の設定だけでつなぎます。"
    )
    doc = "connectors.md"
    settings_form = GenericSettings
    capabilities = frozenset({Capability.READ_CHANGES})
    knows_line_id = True
    keys = (Key.EMAIL, Key.PHONE)
    sold_words = gettext_lazy("「売上完了」に当たる言葉の受注（この画面で選びます）")

    def __init__(self, settings: Mapping[str, Any], **options: Any) -> None:
        super().__init__(settings, **options)
        self.resources = tuple(
            resource for resource in Resource if settings.get(f"{resource}_path")
        )

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        place: dict[str, Any] = json.loads(cursor) if cursor else dict(START)
        answer = self._get(resource, window, place)
        raw = self._list_rows(answer)
        parse = PARSERS[resource]
        mapping = read_mapping(self.settings[f"{resource}_fields"])
        rows = [parse(Fields(entry, mapping)) for entry in raw]
        found = [
            row
            for row in rows
            if (window.since is None or row.changed_at >= window.since)
            and row.changed_at < window.until
        ]
        total = self._read_total(answer)
        seen = place["seen"] + len(raw)
        at = self._find_next(answer, len(raw), place)
        if at is None:
            return Page(found, "", complete=total in (None, seen), total=total)
        following = json.dumps({"at": at, "page": place["page"] + 1, "seen": seen})
        return Page(found, following, total=total)

    def check(self) -> int | None:
        answer = self._get(Resource.CUSTOMERS, None, dict(START))
        self._list_rows(answer)
        return self._read_total(answer)

    def describe_sample(self) -> str:
        """Return the first customer as the mapping reads it, field by field; "" where there is none."""
        answer = self._get(Resource.CUSTOMERS, None, dict(START))
        raw = self._list_rows(answer)
        if not raw:
            return ""
        mapping = read_mapping(self.settings["customers_fields"])
        row = read_customer(Fields(raw[0], mapping))
        shown = [
            f"{FIELDS[name]}: {getattr(row, name)}"
            for name in mapping
            if hasattr(row, name)
        ]
        return _("最初の顧客の読み取り結果：%(fields)s") % {"fields": "、".join(shown)}

    def _get(
        self, resource: Resource, window: Window | None, place: dict[str, Any]
    ) -> dict[str, Any]:
        own = self.settings
        params = (
            [(own["size_param"], str(own["size"]))] if own.get("size_param") else []
        )
        if own["paging"] == "cursor":
            params += [(own["page_param"], place["at"])] if place["at"] else []
        else:
            first = 1 if own["paging"] == "page" else 0
            params.append((own["page_param"], str(place["at"] or first)))
        if window and own.get("until_param"):
            params.append((own["until_param"], self._format_time(window.until)))
        if window and window.since and own.get("since_param"):
            params.append((own["since_param"], self._format_time(window.since)))
        secret = f"{own.get('auth_prefix', '')} {own.get('token', '')}".strip()
        answer = self.http.get(
            own[f"{resource}_path"], params, {own["auth_header"]: secret}
        )
        drop_secrets(answer)
        return answer

    def _format_time(self, moment: datetime) -> str:
        local = moment.astimezone(JAPAN)
        if self.settings.get("time_format") == "slashes":
            return local.strftime("%Y/%m/%d %H:%M:%S")
        return local.isoformat(timespec="seconds")

    def _list_rows(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        rows = read_path(answer, self.settings["rows_path"])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TryLater("unreadable")
        return rows

    def _read_total(self, answer: dict[str, Any]) -> int | None:
        path = self.settings.get("total_path")
        found = read_path(answer, path) if path else None
        return None if found is None else parse_number(found)

    def _find_next(
        self, answer: dict[str, Any], rows: int, place: dict[str, Any]
    ) -> str | None:
        """Return where the next page is, in the words of the cart; None at the end."""
        own = self.settings
        if own["paging"] == "cursor":
            return clean_text(read_path(answer, own["cursor_path"])) or None
        if rows < int(own["size"]):
            return None
        if own["paging"] == "page":
            return str(place["page"] + 2)
        return str(place["seen"] + rows)


def read_path(node: Any, path: str) -> Any:
    """Return what stands at "a.b.0.c" in an answer; None where the way ends before."""
    for step in path.split(".") if path else ():
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node


class Fields:
    """One row of a cart, read by the names of ours."""

    def __init__(
        self,
        entry: dict[str, Any],
        mapping: Mapping[str, str],
        find: Callable[[Any, str], Any] = read_path,
    ) -> None:
        self.entry, self.mapping, self.find = entry, mapping, find

    def read(self, name: str) -> Any:
        path = self.mapping.get(name)
        return self.find(self.entry, path) if path else None

    def text(self, name: str, longest: int = 200) -> str:
        """Return a text or number; several fields, joined by +, with a blank between."""
        paths = self.mapping.get(name, "").split("+")
        values = [self.find(self.entry, path.strip()) for path in paths if path.strip()]
        if any(isinstance(value, dict | list) for value in values):
            raise TryLater("unreadable")
        return clean_text(" ".join(clean_text(v) for v in values).strip(), longest)

    def number(self, name: str) -> int:
        return parse_number(self.read(name))

    def moment(self, name: str) -> datetime:
        """Return a time; one without an offset is Japanese."""
        given = str(self.read(name)).strip().replace("/", "-")
        try:
            found = datetime.fromisoformat(given)
            found = found if found.tzinfo else found.replace(tzinfo=JAPAN)
            found.astimezone(UTC)  # as it is stored; before the year 1 nothing is
        except (ValueError, OverflowError) as error:
            raise TryLater("unreadable") from error
        return found

    def optional_moment(self, name: str) -> datetime | None:
        return None if is_blank_day(str(self.read(name) or "")) else self.moment(name)

    def required(self, name: str) -> str:
        """Return a text that every row must have."""
        if not (found := self.text(name, 60)):
            raise TryLater("unreadable")
        return found


def read_times(own: Fields) -> int:
    """Return how many times, in what the column holds: a file may have -1 for "not counted"."""
    return min(max(own.number("times"), 0), 999_999)


def read_customer(own: Fields) -> Customer:
    word = own.text("state", 60)
    return Customer(
        external_id=own.required("external_id"),
        number=own.text("number", 60),
        name=own.text("name"),
        email=own.text("email", 254),
        phone=own.text("phone", 40),
        state=CUSTOMER_WORDS.get(word, "member"),
        word=word,
        changed_at=own.moment("changed_at"),
        kana=own.text("kana"),
        line_id=own.text("line_id", 64),
        points=own.number("points") if own.read("points") is not None else None,
    )


def read_order(own: Fields) -> Order:
    word, product = own.text("state", 60), own.text("product")
    return Order(
        external_id=own.required("external_id"),
        customer_external_id=own.required("customer_id"),
        number=own.text("number", 60),
        state=ORDER_WORDS.get(word, "other"),
        word=word,
        times=read_times(own),
        total=own.number("total"),
        ordered_at=own.optional_moment("ordered_at") or own.moment("changed_at"),
        changed_at=own.moment("changed_at"),
        lines=(Line(own.text("sku", 100), product, 1, own.number("total")),)
        if product
        else (),
        shipped_at=own.optional_moment("shipped_at"),
        tracking_number=own.text("tracking_number", 60),
        payment_method=own.text("payment_method", 100),
    )


def read_subscription(own: Fields) -> Subscription:
    word = own.text("state", 60)
    return Subscription(
        external_id=own.required("external_id"),
        customer_external_id=own.required("customer_id"),
        product=own.text("product"),
        state=SUBSCRIPTION_WORDS.get(word, "other"),
        word=word,
        number=own.text("number", 60),
        times=read_times(own),
        next_at=own.optional_moment("next_at"),
        changed_at=own.moment("changed_at"),
        cycle=own.text("cycle", 100),
    )


PARSERS: dict[Resource, Callable[[Fields], Any]] = {
    Resource.CUSTOMERS: read_customer,
    Resource.ORDERS: read_order,
    Resource.SUBSCRIPTIONS: read_subscription,
}
