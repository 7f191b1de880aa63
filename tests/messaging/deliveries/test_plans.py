"""The statements of the ledger on filled tables, as the role that serves sees them: under the policies."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection

from messaging.deliveries import ledger
from tests.conftest import become
from tests.messaging.conftest import Shop

FILL = """
INSERT INTO messaging_delivery (tenant_id, account_id, step_id, member_id, content_id, state, planned_at, due_at, token,
                                retry_key, tries, reason, request_id)
SELECT %s, %s, NULL, %s, %s, CASE WHEN n %% 20 = 0 THEN 1 ELSE 2 END, now(), now() - interval '1 hour', %s,
       gen_random_uuid(), 1, '', ''
FROM generate_series(1, %s) n
"""
ATTEMPTS = """
INSERT INTO messaging_attempt (tenant_id, delivery_id, number, started_at, request_id, error)
SELECT tenant_id, id, 1, now(), '', '' FROM messaging_delivery
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


@pytest.mark.parametrize("analysed", [True, False])
def test_finishing_finds_its_rows_by_index(shop: Shop, analysed: bool) -> None:
    """``analysed`` False: a young table, whose statistics still say that it is empty."""
    (member,) = shop.friends(1)
    scenario = shop.book(member)
    token = uuid.uuid4()
    with shop.open(), connection.cursor() as cursor:
        content = scenario.steps.get().content_id
        cursor.execute(
            FILL, [shop.tenant.pk, shop.account.pk, member.pk, content, token, 20_000]
        )
        cursor.execute(ATTEMPTS)
    if analysed:
        become("tsunagi_owner")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messaging_delivery, messaging_attempt")
        become("tsunagi_app")
    with shop.open():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM messaging_delivery WHERE state = 1 LIMIT 200"
            )
            ids = [pk for (pk,) in cursor.fetchall()]
        results = [
            ledger.DeliveryResult(pk, token, 2, number=1, status=200, request_id="r")
            for pk in ids
        ]
        values = ledger.build_result_columns(shop.tenant.pk, results)
        for sql, table in (
            (ledger.FINISH, "messaging_delivery"),
            (ledger.CLOSE, "messaging_attempt"),
        ):
            found = scans(plan_of(sql, values), table)
            assert found and not any(kind == "Seq Scan" for kind, _ in found), found
        assert ledger.record_results(shop.tenant.pk, results) == 200


def test_claiming_walks_the_due_index(shop: Shop) -> None:
    (member,) = shop.friends(1)
    scenario = shop.book(member)
    with shop.open(), connection.cursor() as cursor:
        content = scenario.steps.get().content_id
        cursor.execute(
            FILL,
            [shop.tenant.pk, shop.account.pk, member.pk, content, uuid.uuid4(), 20_000],
        )
    become("tsunagi_owner")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_delivery")
    become("tsunagi_app")
    values = {
        "tenant": shop.tenant.pk, "account": shop.account.pk, "limit": 500, "token": uuid.uuid4(), "lease": 60,
        "key_life": 86_000,
    }  # fmt: skip
    with shop.open():
        found = scans(plan_of(ledger.CLAIM, values), "messaging_delivery")
        assert ("Index Scan", "delivery_due") in found
        assert not any(kind == "Seq Scan" for kind, _ in found), found
