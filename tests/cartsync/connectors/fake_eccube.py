"""What answers like EC-CUBE 4: the sandbox's GraphQL and tokens, over the rows of a test."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cartsync.connectors.eccube.connector import Eccube
from cartsync.connectors.grants import GivenGrants
from sandbox.cart.eccube import TokenDesk, answer_query
from sandbox.cart.shop import Row
from tests.cartsync.connectors.fakes import (
    Answer,
    Call,
    Person,
    Shape,
    answer_json,
    format_jst,
)


class EccubeShape(Shape):
    connector = Eccube

    def __init__(self) -> None:
        super().__init__()
        self.desk = TokenDesk()
        self.desk.access, self.desk.renewal = "right-token", "right-renewal"
        self.minutes = 60

    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "admin_path": "admin",
            "client_id": "tsunagi",
            "client_secret": "right-secret",
        }

    def options(self) -> dict[str, Any]:
        ends = datetime.now(UTC) + timedelta(minutes=self.minutes)
        granted = {"access": "right-token", "refresh": "right-renewal"}
        return {"grants": GivenGrants({**granted, "ends_at": ends.isoformat()})}

    def is_allowed(self, call: Call) -> bool:
        if call.path == "/token":
            return bool(call.body["client_secret"] == "right-secret")
        return call.headers.get("authorization") == f"Bearer {self.desk.access}"

    def answer(self, call: Call) -> Answer:
        if call.path == "/token":
            granted = self.desk.grant(call.body)
            return answer_json(granted or {"error": "invalid"}, 200 if granted else 400)
        customers = [build_row(one) for one in self.people]
        orders = [row for one in self.people for row in build_orders(one)]
        variables = call.body["variables"]
        return answer_json(
            answer_query(
                call.body["query"],
                variables,
                customers,
                orders,
                self.left_out(),
                self.per,
            )
        )

    def spoil(self, answer: Answer) -> Answer:
        body = json.loads(answer[2])
        for row in body["data"]["customers"]["nodes"]:
            row["update_date"] = {"no": "time"}
        return answer_json(body)


def build_row(one: Person) -> Row:
    at = format_jst(one.changed_at)
    return {
        "id": one.number,
        "name01": "佐藤",
        "name02": "花子",
        "kana01": "サトウ",
        "kana02": "ハナコ",
        "email": one.email,
        "zip": "150-0031",
        "full_tel": one.phone,
        "addr01": "渋谷区",
        "addr02": "1-1",
        "prefecture": "東京都",
        "point": 216,
        "updated_at": at,
        "state": "withdrawn" if one.deleted else "member",
    }


def build_orders(one: Person) -> list[Row]:
    at = format_jst(one.changed_at)
    return [
        {
            "id": one.number * 100 + n,
            "number": f"D{one.number}-{n}",
            "customer_id": one.number,
            "payment_state": "completed",
            "email": one.email,
            "product_name": "青汁",
            "product_number": "A-1",
            "subtotal": total - 550,
            "deliv_fee": 550,
            "total": total,
            "payment_method_name": "クレジットカード",
            "created_at": at,
            "updated_at": at,
            "shipped_at": at,
            "shipping_slip": "123",
        }
        for n, total in enumerate(one.orders)
    ]
