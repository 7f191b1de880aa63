"""The hot questions of the member list on filled tables, as the role that serves asks them: under the policies."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from members.condition_fields import compile_tags
from members.models import Attribute, AttributeValue, Member, MemberChange, Tag
from members.searching import Words, found, matching
from members.value_lists import has_value, make_list
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.conftest import become

COUNT = 20_000
MEMBERS = """
INSERT INTO members_member (tenant_id, public_id, name, name_key, email, email_key, phone, phone_e164, line_name,
    line_user_id, line_picture, line_state, link_state, known_by, line_optout_by, mail_optout_by, cart_state, birthday,
    birth_md, created_at)
SELECT %s, 'm' || lpad(n::text, 11, '0'), '', (ARRAY['佐藤','鈴木','高橋','田中'])[1 + n %% 4] || chr(19968 + n), '',
    'user' || n || '@example.jp', '', '+8190' || 10000000 + n, '', 'U' || md5(n::text), '', 'friend',
    (ARRAY['known','linked'])[1 + n %% 2], '', '', '', '', date '1950-01-01' + n %% 20000, 101 + n %% 28,
    now() - n * interval '1 second'
FROM generate_series(1, %s) n
"""
LINKS = """
INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id)
SELECT tenant_id, %s, id, 0 FROM members_member WHERE id %% %s = 0
"""
VALUES = """
INSERT INTO members_attributevalue (tenant_id, attribute_id, member_id, text)
SELECT tenant_id, %s, id, id::text FROM members_member WHERE id %% 100 = 0
"""
READ = """
SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN ('members_member', 'members_membername')
"""


@pytest.fixture
def tag(transactional_db: None) -> Iterator[Tag]:
    """A shop of 20,000 members, some with a tag or a value, beside another shop of as many."""
    for shop in (Tenant.objects.create(slug="momiji", name="m"), Tenant.objects.create(slug="sakura", name="s")):
        with tenant_scope(shop), transaction.atomic(), connection.cursor() as cursor:
            tag = Tag.objects.create(name="A", name_key="a")
            attribute = Attribute.objects.create(name="B", name_key="b", kind="text")
            cursor.execute(MEMBERS, [shop.pk, COUNT])
            # Half of the members carry the one, ten the other.
            cursor.execute(LINKS, [Tag.objects.create(name="C", name_key="c").pk, 2])
            cursor.execute(LINKS, [tag.pk, 2_000])
            cursor.execute(VALUES, [attribute.pk])
    become("tsunagi_owner")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member, members_membername, members_membertag, members_attributevalue")
    become("tsunagi_app")
    with tenant_scope(shop), transaction.atomic():
        yield tag


def scans(rows: QuerySet[Any]) -> set[tuple[str, str]]:
    """(table, or index) and kind of node of every scan in the plan."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        (answer,) = cursor.fetchone()
    (top,) = json.loads(answer) if isinstance(answer, str) else answer
    return {
        (node.get("Index Name") or node.get("Relation Name", ""), node["Node Type"])
        for node in nodes(top["Plan"])
        if "Scan" in node["Node Type"]
    }


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def assert_uses(index: str, rows: QuerySet[Any]) -> None:
    plan = scans(rows)
    assert index in {name for name, _ in plan}, plan
    assert not any(kind == "Seq Scan" and name.startswith("members_member") for name, kind in plan), plan


def first_page(*conditions: Any) -> QuerySet[Member]:
    return Member.objects.filter(*conditions, deleted_at=None).order_by("-created_at", "-pk")[:51]


def test_each_hot_question_has_its_index(tag: Tag) -> None:
    emails = make_list(",".join(f"user{n}@example.jp" for n in range(100)))
    phones = make_list(",".join(f"090{n}" for n in range(10_000_000, 10_000_100)), "phone")
    values = AttributeValue.objects.filter(attribute_id=Attribute.objects.get().pk, text="100").values("member_id")
    assert_uses("member_newest", first_page())
    assert_uses("member_link_state", first_page(Q(link_state="linked")))
    assert_uses("member_email", first_page(has_value("email", emails.public_id)))
    assert_uses("member_phone", first_page(has_value("phone", phones.public_id)))
    assert_uses("members_membertag_pkey", Member.objects.filter(compile_tags("has_any", [tag.pk])))
    assert_uses("member_newest", first_page(compile_tags("has_none", [tag.pk])))
    assert_uses("member_birth_md", Member.objects.filter(birth_md=101, tenant_id__gt=0))
    assert_uses("attributevalue_text", Member.objects.filter(pk__in=values))
    assert_uses("memberchange_newest", MemberChange.objects.filter(member_id=1).order_by("-at", "-id")[:20])
    plan = scans(Member.objects.filter(matching("高橋" + chr(19968 + 2))))
    assert plan and not any(kind == "Seq Scan" for _, kind in plan), plan


def test_the_search_reads_no_table_from_end_to_end(tag: Tag) -> None:
    """Its statements run inside, as the owner of the tables: what they read shows in the statistics."""
    for text in ("高橋", "高橋" + chr(19968 + 2), "user123", "0901000", "1234", "Uab12", "m0000000012"):
        with connection.cursor() as cursor:
            cursor.execute(READ)
            before = cursor.fetchone()
            found(Words.of(text))
            cursor.execute(READ)
            assert cursor.fetchone() == before, text
