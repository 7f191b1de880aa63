"""What answers like カラーミーショップ: pages by offset, seconds since 1970."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from cartsync.connectors.colorme import Colorme
from tests.cartsync.connectors.fakes import (
    START,
    Answer,
    Call,
    Person,
    Shape,
    answer_json,
)


class ColormeShape(Shape):
    connector = Colorme
    tells_deleted = False

    def is_allowed(self, call: Call) -> bool:
        return call.headers.get("authorization") == "Bearer right-token"

    def answer(self, call: Call) -> Answer:
        query = dict(call.query)
        people = self.window(
            parse_clock(query.get("update_date_min")),
            # Both ends belong to it.
            (parse_clock(query.get("update_date_max")) or START + timedelta(days=9))
            + timedelta(seconds=1),
        )
        people = [one for one in people if self.fits(one, query)]
        name = call.path.removeprefix("/v1/").removesuffix(".json")
        rows = [self.build_customer(one) for one in people]
        if name == "sales":
            # Without a day: the last seven days only, which the fake has nothing of.
            some = people if "make_date_min" in query else []
            rows = [row for one in some for row in self.build_sales(one)]
        start = int(query.get("offset", 0))
        part = rows[start : start + min(self.per, int(query.get("limit", 10)))]
        if start + self.per >= len(rows):
            part = part[: len(part) - self.left_out()]
        meta = {"total": len(rows), "limit": self.per, "offset": start}
        return answer_json({name: part, "meta": meta})

    def fits(self, one: Person, query: dict[str, str]) -> bool:
        """Compare as this cart does: a part of an address is enough, an id must be equal."""
        ids = query.get("ids") or query.get("customer_ids")
        return query.get("mail", "") in one.email and ids in (None, str(one.number))

    def build_customer(self, one: Person) -> dict[str, Any]:
        at = int(one.changed_at.timestamp())
        return {
            "id": one.number, "name": "佐藤 花子", "furigana": "サトウハナコ", "mail": one.email, "tel": None,
            "tel_mobile": one.phone, "member": True, "points": 216, "line_uid": None, "make_date": at,
            "update_date": at, "postal": "1578512", "pref_name": "東京都", "address1": "渋谷区桜丘町26-1",
            "address2": None, "sales_count": len(one.orders),
        }  # fmt: skip

    def build_sales(self, one: Person) -> list[dict[str, Any]]:
        at = int(one.changed_at.timestamp())
        return [
            {
                "id": one.number * 100 + n,
                "make_date": at,
                "update_date": at,
                "paid": True,
                "delivered": True,
                "canceled": False,
                "delivered_mail_sent_date": at,
                "mobile": True,
                "total_price": total,
                "product_total_price": total,
                "delivery_total_charge": 0,
                "use_points": 0,
                "customer": self.build_customer(one),
                "details": [
                    {
                        "product_id": 7,
                        "product_model_number": "T-1",
                        "product_num": 2,
                        "price": 100,
                        "price_with_tax": 110,
                        "product_name": "Tシャツ",
                        "pristine_product_full_name": "Tシャツ（赤）",
                    }
                ],
                "sale_deliveries": [
                    {
                        "slip_number": "1234-5678",
                        "tracking_url": "https://example.com/t",
                    }
                ],
            }
            for n, total in enumerate(one.orders)
        ]

    def spoil(self, answer: Answer) -> Answer:
        body = json.loads(answer[2])
        for row in body["customers"]:
            row["update_date"] = {"no": "time"}
        return answer_json(body)


def parse_clock(text: str | None) -> datetime | None:
    """Read a time as a clock in Japan shows it."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=9)))
