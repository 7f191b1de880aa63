"""What answers like each cart system, row by row and error by error: one HTTP server, and a shape for each kind.

A shape knows the paths, the pages and the words of its cart. It holds plain rows of ours to answer with, so that the
contract of all connectors is one suite (test_contract.py).
"""

import http.server
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from cartsync.connectors.base import Connector
from cartsync.connectors.ecforce import Ecforce
from cartsync.connectors.generic.connector import Generic
from sandbox.cart.jsonapi import build_document, collect_included, cut_page
from sandbox.cart.ransack import parse_conditions, select_rows, sort_rows
from sandbox.cart.shop import Row

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 10:00 in Japan
Answer = tuple[int, dict[str, str], bytes]
FIREWALL = "<html><head><title>Access denied</title></head><body>blocked</body></html>"


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


@dataclass
class Person:
    """One customer of a fake, with ``orders`` of that many yen."""

    number: int
    changed_at: datetime
    email: str = ""
    phone: str = ""
    deleted: bool = False
    orders: list[int] = field(default_factory=list)


def answer_json(body: Any, status: int = 200, **headers: str) -> Answer:
    return (
        status,
        {"Content-Type": "application/json", **headers},
        json.dumps(body).encode(),
    )


class Shape:
    """How one cart system answers; ``per`` rows a page."""

    connector: type[Connector]
    per = 3

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.calls: list[Call] = []
        self.fault = ""
        self.url = ""

    def settings(self) -> dict[str, Any]:
        return {"base_url": self.url, "token": "right-token"}

    def options(self) -> dict[str, Any]:
        """Return what the connector is made with besides its settings."""
        return {}

    def is_allowed(self, call: Call) -> bool:
        raise NotImplementedError

    def answer(self, call: Call) -> Answer:
        """Answer a well-formed request."""
        raise NotImplementedError

    def spoil(self, answer: Answer) -> Answer:
        """Return the answer with data of another shape than agreed."""
        raise NotImplementedError

    def refuse(self) -> Answer:
        return answer_json({"errors": ["denied"]}, 401)

    def respond(self, call: Call) -> Answer:
        """Answer, with the fault that is switched on."""
        self.calls.append(call)
        if self.fault == "slow":
            time.sleep(1.5)
        faults: dict[str, Callable[[], Answer]] = {
            "busy": lambda: answer_json({}, 429, **{"Retry-After": "7"}),
            "broken": lambda: answer_json({}, 502),
            "firewall": lambda: (200, {"Content-Type": "text/html"}, FIREWALL.encode()),
            "spoiled": lambda: self.spoil(self.answer(call)),
        }
        if self.fault in faults:
            return faults[self.fault]()
        if self.fault == "expired" or not self.is_allowed(call):
            return self.refuse()
        if self.fault == "same page" and len(self.calls) > 1:
            return self.answer(replace(self.calls[0], headers=call.headers))
        return self.answer(call)

    def window(self, since: datetime | None, until: datetime) -> list[Person]:
        return [
            one
            for one in sorted(self.people, key=lambda one: one.changed_at)
            if (since is None or one.changed_at >= since) and one.changed_at < until
        ]

    def left_out(self) -> int:
        """Return how many rows an answer counts, but does not bring."""
        return 1 if self.fault == "left out" else 0


def read_body(raw: bytes) -> Any:
    """Return what was sent: JSON, or the fields of a form."""
    if not raw:
        return None
    return json.loads(raw) if raw[:1] in b"{[" else dict(parse_qsl(raw.decode()))


class Server:
    """A shape over real HTTP, in a thread."""

    def __init__(self, shape: Shape) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                parts = urlsplit(self.path)
                call = Call(
                    self.command,
                    parts.path,
                    parse_qsl(parts.query, keep_blank_values=True),
                    {name.lower(): value for name, value in self.headers.items()},
                    read_body(raw),
                )
                status, headers, body = shape.respond(call)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the names of http.server

            def log_message(self, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        shape.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self.server.serve_forever, args=(0.01,), daemon=True
        ).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def make_people(count: int, step: timedelta = timedelta(minutes=1)) -> list[Person]:
    return [
        Person(
            number,
            START + step * number,
            email=f"p{number}@example.jp",
            phone=f"0901234{number:04}",
            orders=[1000 + number],
        )
        for number in range(1, count + 1)
    ]


# ---------------------------------------------------------------- ecforce
def format_jst(moment: datetime) -> str:
    return (moment + timedelta(hours=9)).strftime("%Y/%m/%d %H:%M:%S.%f")


class EcforceShape(Shape):
    connector = Ecforce

    def is_allowed(self, call: Call) -> bool:
        return call.headers.get("authorization") == 'Token token="right-token"'

    def build_tables(self) -> dict[str, dict[int, Row]]:
        customers, orders, subscriptions = {}, {}, {}
        for one in self.people:
            at = format_jst(one.changed_at)
            names = {"name01": "佐藤", "name02": "花子", "kana01": "", "kana02": ""}
            customers[one.number] = {
                "id": one.number,
                "number": f"C{one.number}",
                "email": one.email,
                "full_tel": one.phone,
                **names,
                "zip": "",
                "prefecture": "",
                "addr01": "",
                "addr02": "",
                "optin": True,
                "updated_at": at,
                "state": "member",
                "created_at": at,
                "deleted_at": at if one.deleted else None,
            }
            for total in one.orders:
                orders[len(orders) + 1] = {
                    "id": len(orders) + 1,
                    "number": f"D{len(orders) + 1}",
                    "customer_id": one.number,
                    "state": "complete",
                    "payment_state": "completed",
                    "total": total,
                    "times": None,
                    "completed_at": at,
                    "updated_at": at,
                }
            subscriptions[one.number] = {
                "id": one.number,
                "customer_id": one.number,
                "product_name": "青汁",
                "state": "active",
                "times": 2,
                "cancel_reason_ids": [],
                "suspend_reason_ids": [],
                "updated_at": at,
                "subtotal": 3000,
                "scheduled_to_be_delivered_at": "2026/12/20 00:00:00",
            } | self.changes.get(one.number, {})
        return {"customers": customers, "orders": orders, "subs_orders": subscriptions}

    def __init__(self) -> None:
        super().__init__()
        self.changes: dict[int, Row] = {}

    def answer(self, call: Call) -> Answer:
        name, _slash, number = (
            call.path.removesuffix(".json").partition("/admin/")[2].partition("/")
        )
        if call.method == "PUT":
            if self.fault != "ignored":
                given = dict(call.body["subs_order"])
                self.changes.setdefault(int(number), {}).update(given)
            row = self.build_tables()[name][int(number)]
            return answer_json({"data": build_document(name, row)})
        tables = self.build_tables()
        if number:
            return answer_json(
                {"data": build_document(name, tables[name][int(number)])}
            )
        asked = [pair for pair in call.query if pair[0] != "per"] + [
            ("per", str(self.per))
        ]
        rows, _ignored = select_rows(
            list(tables[name].values()), parse_conditions(asked)
        )
        rows = sort_rows(rows, dict(asked).get("sort", ""))
        part, meta, links = cut_page(rows, asked, call.path)
        extra = collect_included(name, part, dict(asked).get("include", ""), tables)
        part = part[: len(part) - self.left_out()] if len(part) < self.per else part
        body = {
            "data": [build_document(name, row) for row in part],
            "meta": meta,
            "links": links,
        }
        return answer_json(body | {"included": extra})

    def spoil(self, answer: Answer) -> Answer:
        body = json.loads(answer[2])
        for entry in body["data"]:
            entry["attributes"]["updated_at"] = {"no": "time"}
        return answer_json(body)


# ---------------------------------------------------------------- any cart: other names, a cursor, a header of its own
class GenericShape(Shape):
    connector = Generic

    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.url, "auth_header": "X-Api-Key", "auth_prefix": "", "token": "right-token",
            "customers_path": "/v1/members", "orders_path": "/v1/purchases",
            "customers_fields": "external_id = memberNo\nname = sei + mei\nemail = contact.mail\n"
            "phone = contact.tel\nstate = status\nchanged_at = lastUpdate",
            "orders_fields": "external_id = slipNo\ncustomer_id = memberNo\nnumber = slipNo\nstate = payment\n"
            "total = amount\nchanged_at = lastUpdate",
            "rows_path": "result.list", "total_path": "result.count", "paging": "cursor", "page_param": "after",
            "cursor_path": "result.next", "size_param": "limit", "size": 3, "since_param": "from",
            "until_param": "to", "time_format": "iso",
        }  # fmt: skip

    def is_allowed(self, call: Call) -> bool:
        return call.headers.get("x-api-key") == "right-token"

    def answer(self, call: Call) -> Answer:
        query = dict(call.query)
        until = datetime.fromisoformat(query["to"]) if "to" in query else None
        since = datetime.fromisoformat(query["from"]) if "from" in query else None
        people = self.window(since, until or START + timedelta(days=9))
        rows = [self.build_member(one) for one in people]
        if call.path == "/v1/purchases":
            rows = [row for one in people for row in self.build_purchases(one)]
        start = int(query.get("after", "0").removeprefix("c") or 0)
        part, following = rows[start : start + self.per], start + self.per
        ends = following >= len(rows)
        listed = part[: len(part) - self.left_out()] if ends else part
        result = {
            "list": listed,
            "count": len(rows),
            "next": None if ends else f"c{following}",
        }
        return answer_json({"result": result})

    def build_member(self, one: Person) -> dict[str, Any]:
        contact = {"mail": one.email, "tel": one.phone}
        at = format_jst(one.changed_at)[:19].replace("/", "-").replace(" ", "T")
        status = "退会" if one.deleted else "会員"
        names = {"sei": "佐藤", "mei": "花子"}
        return {
            "memberNo": one.number,
            "contact": contact,
            "status": status,
            "lastUpdate": at,
            **names,
        }

    def build_purchases(self, one: Person) -> list[dict[str, Any]]:
        at = self.build_member(one)["lastUpdate"]
        return [
            {
                "slipNo": f"{one.number}-{n}",
                "memberNo": one.number,
                "payment": "売上完了",
                "amount": total,
                "lastUpdate": at,
            }
            for n, total in enumerate(one.orders)
        ]

    def spoil(self, answer: Answer) -> Answer:
        body = json.loads(answer[2])
        for row in body["result"]["list"]:
            row["lastUpdate"] = {"no": "time"}
        return answer_json(body)
