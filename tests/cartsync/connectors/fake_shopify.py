"""What answers like Shopify: GraphQL and cursors."""

import json
import re
from datetime import datetime
from typing import Any

from cartsync.connectors.shopify.connector import Shopify
from tests.cartsync.connectors.fakes import Answer, Call, Person, Shape, answer_json


class ShopifyShape(Shape):
    connector = Shopify
    tells_deleted = False
    counts = False

    def is_allowed(self, call: Call) -> bool:
        return (
            call.method == "POST"
            and call.path == "/admin/api/2026-01/graphql.json"
            and call.headers.get("x-shopify-access-token") == "right-token"
        )

    def answer(self, call: Call) -> Answer:
        asked = call.body["query"]
        if "customersCount" in asked:
            return answer_json(
                {"data": {"customersCount": {"count": len(self.people)}}}
            )
        variables = call.body["variables"]
        wanted = variables["query"] or ""
        people = [one for one in self.people if self.fits(one, wanted)]
        people.sort(key=lambda one: one.changed_at, reverse=variables["reverse"])
        name = "orders" if " orders(" in asked else "customers"
        rows = [self.build_customer(one) for one in people]
        if name == "orders":
            rows = [row for one in people for row in self.build_orders(one)]
        start = int((variables["after"] or "c0").removeprefix("c"))
        part = rows[start : start + min(self.per, variables["first"])]
        ends = start + self.per
        page = {"hasNextPage": ends < len(rows), "endCursor": f"c{ends}"}
        return answer_json({"data": {name: {"nodes": part, "pageInfo": page}}})

    def fits(self, one: Person, wanted: str) -> bool:
        values = {
            "email": one.email,
            "phone": f"+81{one.phone.removeprefix('0')}",
            "id": str(one.number),
            "customer_id": str(one.number),
        }
        for name, sign, value in re.findall(r"(\w+):(>=|<)?'([^']*)'", wanted):
            if name == "updated_at":
                limit = datetime.fromisoformat(value)
                inside = (
                    one.changed_at >= limit if sign == ">=" else one.changed_at < limit
                )
                if not inside:
                    return False
            elif values[name] != value:
                return False
        return True

    def build_customer(self, one: Person) -> dict[str, Any]:
        return {
            "legacyResourceId": str(one.number),
            "updatedAt": format_z(one.changed_at),
            "firstName": "花子",
            "lastName": "佐藤",
            "state": "ENABLED",
            "defaultEmailAddress": {"emailAddress": one.email},
            "defaultPhoneNumber": {"phoneNumber": one.phone} if one.phone else None,
            "defaultAddress": None,
        }

    def build_orders(self, one: Person) -> list[dict[str, Any]]:
        at = format_z(one.changed_at)
        return [
            {
                "legacyResourceId": f"{one.number}{n}",
                "name": f"#{one.number}{n}",
                "createdAt": at,
                "updatedAt": at,
                "cancelledAt": None,
                "displayFinancialStatus": "PAID",
                "email": one.email,
                "phone": None,
                "customer": {"legacyResourceId": str(one.number)},
                "discountCodes": ["SUMMER"],
                "paymentGatewayNames": ["bogus"],
                "totalPriceSet": money(total),
                "subtotalPriceSet": money(total),
                "totalShippingPriceSet": money(0),
                "totalDiscountsSet": money(0),
                "lineItems": {
                    "nodes": [
                        {
                            "sku": "T-1",
                            "name": "Tシャツ",
                            "quantity": 2,
                            "originalUnitPriceSet": money(110),
                        }
                    ]
                },
                "fulfillments": [
                    {
                        "createdAt": at,
                        "trackingInfo": [
                            {"number": "123", "url": None, "company": "ヤマト運輸"}
                        ],
                    }
                ],
            }
            for n, total in enumerate(one.orders)
        ]

    def spoil(self, answer: Answer) -> Answer:
        body = json.loads(answer[2])
        for row in body["data"]["customers"]["nodes"]:
            row["updatedAt"] = {"no": "time"}
        return answer_json(body)


def format_z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: int) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{amount}.0"}}
