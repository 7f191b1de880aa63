"""Conditions are answered from indexes under row-level security: LIKE and JSON would read every member of the shop."""

from typing import Any

import pytest
from django.db import connection

from members.conditions import narrow
from members.models import Attribute, Member
from members.tagging import tag_named
from tenants.models import Tenant


def plan(condition: Any) -> str:
    """As the planner would do it with many rows: a small table is read from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")
    return narrow(Member.objects.all(), condition).order_by().explain()


@pytest.mark.parametrize(
    ("field", "op", "value", "index"),
    [
        ("birthday", "md_between", [{"days": 0}, {"days": 7}], "member_birth_md"),
        ("birthday", "between", ["1985-01-01", "1985-12-31"], "member_birthday"),
        ("link_state", "in", ["linked"], "member_counted"),
        ("deleted", "only", True, "member_deleted"),
    ],
)
def test_columns(sakura: Tenant, field: str, op: str, value: Any, index: str) -> None:
    assert index in plan({"field": field, "op": op, "value": value})


def test_tags_and_items_of_the_shop(sakura: Tenant) -> None:
    label = tag_named("A")
    assert "membertag" in plan({"field": "tag", "op": "has_any", "value": [label.pk]})
    for kind, op, value in (("number", "at_least", 3), ("date", "from", "2026-11-22"), ("choice", "in", ["a"])):
        item = Attribute.objects.create(name=kind, name_key=kind, kind=kind, choices=["a"])
        found = plan({"field": f"attr:{item.public_id}", "op": op, "value": value})
        assert "Index" in found and "attributevalue" in found and "Seq Scan on members_attributevalue" not in found
