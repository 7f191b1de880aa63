"""The statements of the ledger on filled tables, as the role that serves sees them: under the policies."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection

from messaging.channels.base import Answer, Outcome
from messaging.deliveries import ledger, outcomes
from messaging.models import Call, Delivery
from tests.conftest import become
from tests.messaging.conftest import Shop

FILL_CALLS = """
INSERT INTO messaging_call (tenant_id, sender_id, kind, key, state, content_id, "to", token, due_at, first_tried_at)
SELECT %(tenant)s, %(sender)s, 'push', gen_random_uuid(), CASE WHEN n %% 20 = 0 THEN 0 ELSE 1 END, %(content)s, '["U"]',
       %(token)s, now() - interval '1 hour', now()
FROM generate_series(1, 20000) n
"""
FILL = """
INSERT INTO messaging_delivery (tenant_id, sender_id, member_id, content_id, state, planned_at, due_at, call_id)
SELECT %(tenant)s, %(sender)s, %(member)s, %(content)s, CASE WHEN c.state = 0 THEN 1 ELSE 2 END, now(),
       now() - interval '1 hour', c.id
FROM messaging_call c WHERE c.tenant_id = %(tenant)s
"""
SCHEDULED = """
INSERT INTO messaging_delivery (tenant_id, sender_id, member_id, content_id, planned_at, due_at)
SELECT %(tenant)s, %(sender)s, %(member)s, %(content)s, now(), now() + make_interval(hours => n - 1000)
FROM generate_series(1, 20000) n
"""


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def plan_of(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, values)
        (answer,) = cursor.fetchone()
    (top,) = json.loads(answer) if isinstance(answer, str) else answer
    return nodes(top["Plan"])


def scans(plan: list[dict[str, Any]], table: str) -> set[tuple[str, str]]:
    return {
        (node["Node Type"], node.get("Index Name", ""))
        for node in plan
        if node.get("Relation Name") == table and node["Node Type"] != "ModifyTable"
    } | {
        (node["Node Type"], node["Index Name"])
        for node in plan
        if node["Node Type"] == "Bitmap Index Scan"
    }


def fill(shop: Shop, token: uuid.UUID, analysed: bool = True) -> dict[str, Any]:
    """20,000 deliveries with their calls, one in twenty of them open. Return the values of the statements."""
    (member,) = shop.friends(1)
    scenario = shop.book(member)
    with shop.open(), connection.cursor() as cursor:
        values = {
            "tenant": shop.tenant.pk, "sender": shop.account.sender_id, "member": member.pk, "token": token,
            "content": scenario.steps.get().content_id, "limit": 500, "lease": 60,
        }  # fmt: skip
        cursor.execute(FILL_CALLS, values)
        cursor.execute(FILL, values)
        cursor.execute(SCHEDULED, values)
    if analysed:
        become("tsunagi_owner")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messaging_delivery, messaging_call")
        become("tsunagi_app")
    return values


@pytest.mark.parametrize("analysed", [True, False])
def test_finishing_finds_its_rows_by_index(shop: Shop, analysed: bool) -> None:
    """``analysed`` False: a young table, whose statistics still say that it is empty."""
    token = uuid.uuid4()
    fill(shop, token, analysed)
    with shop.open():
        open_ones = Delivery.objects.filter(state=1).values_list("call", "pk")[:200]
        results = [
            outcomes.CallResult(
                ledger.Request("push", 1, ["U"], [pk], call=call, token=token),
                Call.State.ACCEPTED,
                Delivery.State.SENT,
                answer=Answer(Outcome.SENT, 200, "r"),
            )
            for call, pk in open_ones
        ]
        tenant = shop.tenant.pk
        for sql, values, table in (
            (outcomes.CLOSE, outcomes.build_call_columns, "messaging_call"),
            (outcomes.FINISH, outcomes.build_delivery_columns, "messaging_delivery"),
        ):
            found = scans(plan_of(sql, values(tenant, results)), table)
            assert found and not any(kind == "Seq Scan" for kind, _ in found), found
        assert len(outcomes.record_results(tenant, results)) == 200


@pytest.mark.parametrize(
    ("sql", "table", "index"),
    [
        (ledger.TAKE, "messaging_delivery", "delivery_due"),
        (ledger.RETAKE, "messaging_call", "call_due"),
    ],
)
def test_taking_walks_the_due_index(
    shop: Shop, sql: str, table: str, index: str
) -> None:
    values = fill(shop, uuid.uuid4())
    with shop.open():
        found = scans(plan_of(sql, values), table)
        assert ("Index Scan", index) in found
        assert not any(kind == "Seq Scan" for kind, _ in found), found


def test_the_next_moment_is_read_from_the_indexes(shop: Shop) -> None:
    values = fill(shop, uuid.uuid4())
    with shop.open():
        plan = plan_of(outcomes.NEXT_DUE, values)
    for table in ("messaging_delivery", "messaging_call"):
        found = scans(plan, table)
        assert found and not any(kind == "Seq Scan" for kind, _ in found), found
