"""The hot questions of the member list on filled tables, as the role that serves asks them: under the policies."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from console.pager import list_order_keys
from forms_builder.models import Form, Submission
from forms_builder.versions import store_version
from members.conditions.fields.tags import compile_tags
from members.conditions.search import SearchTerms, build_search_q, find_member_ids
from members.conditions.sql import filter_members
from members.models import (
    Attribute,
    AttributeValue,
    IdentityRecord,
    Member,
    MemberChange,
    MemberTag,
    Tag,
)
from members.valuelists.lists import build_value_in_list_q, make_value_list
from messaging.models import Content, Delivery, LineAccount
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import become, empty_tables

COUNT = 8_000
MEMBERS = """
INSERT INTO members_member (tenant_id, public_id, name, name_key, email, email_key, phone, phone_e164, line_name,
    line_user_id, line_picture, line_state, link_state, known_by, line_optout_by, mail_optout_by, cart_state, birthday,
    birth_md, deleted_at, last_seen_at, visits, sessions, created_at)
SELECT %s, 'm' || lpad(n::text, 11, '0'), '', (ARRAY['佐藤','鈴木','高橋','田中'])[1 + n %% 4] || chr(19968 + n), '',
    'user' || n || '@example.jp', '', '+8190' || 10000000 + n, '', 'U' || md5(n::text), '', 'friend',
    CASE WHEN n %% 100 = 0 THEN 'review' ELSE (ARRAY['known','linked'])[1 + n %% 2] END, '', '', '', '',
    date '1950-01-01' + n %% 20000, 101 + n %% 28, CASE WHEN n %% 100 = 7 THEN now() END,
    CASE WHEN n %% 3 > 0 THEN now() - n * interval '1 minute' END, n %% 300, n %% 200, now() - n * interval '1 second'
FROM generate_series(1, %s) n
"""
LINKS = """
INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id)
SELECT tenant_id, %s, id, 0 FROM members_member WHERE id %% %s = 0
"""
# Two of three members have a value; each of them is one line of their history, too.
VALUES = """
INSERT INTO members_attributevalue (tenant_id, attribute_id, member_id, text, number, date)
SELECT tenant_id, %(attribute)s, id, CASE WHEN %(kind)s = 'choice' THEN id::text ELSE '' END,
    CASE WHEN %(kind)s = 'number' THEN id END,
    CASE WHEN %(kind)s = 'date' THEN date '1990-01-01' + (id %% 10000)::int END
FROM members_member WHERE id %% 3 > 0
"""
ANSWERS = """
INSERT INTO members_identityrecord (tenant_id, public_id, member_id, source, origin, name, name_key, email, email_key,
    phone, phone_e164, received_at, outcome)
SELECT tenant_id, public_id, id, 'form', '', name, name_key, email, email_key, phone, phone_e164, now(), ''
FROM members_member
"""
MESSAGES = """
INSERT INTO messaging_delivery (tenant_id, sender_id, member_id, content_id, state, planned_at, due_at)
SELECT tenant_id, %s, id, %s, 2, now(), now() FROM members_member
"""
SUBMISSIONS = """
INSERT INTO forms_builder_submission (tenant_id, public_id, form_id, version_id, member_id, ticket, is_test,
    received_at)
SELECT tenant_id, public_id, %s, %s, id, public_id, false, now() FROM members_member
"""
TABLES = ["members_member", "members_membername", "members_membertag", "members_attributevalue",
          "members_identityrecord", "members_memberchange", "messaging_delivery",
          "forms_builder_submission"]  # fmt: skip
READ = """
SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN ('members_member', 'members_membername')
"""


def fill(shop: Tenant, rare: Tag) -> None:
    """Half of the members carry the one tag, ten ``rare``."""
    account, content = (
        LineAccount.objects.create(name="L"),
        Content.objects.create(text="T"),
    )
    kinds = [
        Attribute.objects.create(name=kind, name_key=kind, kind=kind)
        for kind in ("choice", "number", "date")
    ]
    form, often = (
        Form.objects.create(account=account, name="F"),
        Tag.objects.create(name="C", name_key="c"),
    )
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [shop.pk, COUNT])
        cursor.execute(LINKS, [often.pk, 2])
        cursor.execute(LINKS, [rare.pk, 2_000])
        for attribute in kinds:
            cursor.execute(VALUES, {"attribute": attribute.pk, "kind": attribute.kind})
        cursor.execute(ANSWERS)
        cursor.execute(MESSAGES, [account.sender_id, content.pk])
        cursor.execute(SUBMISSIONS, [form.pk, store_version(form).pk])


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Tag]:
    """A shop of 20,000 members with all that is theirs, some with a tag, beside another shop of as many."""
    with django_db_blocker.unblock():
        # The session and the statistics know from earlier tests that there are no rows; of this they know nothing.
        empty_tables()
        for shop in (
            Tenant.objects.create(slug="momiji", name="m"),
            Tenant.objects.create(slug="sakura", name="s"),
        ):
            with open_tenant_scope(shop), transaction.atomic():
                tag = Tag.objects.create(name="A", name_key="a")
                fill(shop, tag)
        become("tsunagi_owner")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(TABLES))
        become("tsunagi_app")
        yield tag
        empty_tables()


@pytest.fixture
def tag(filled: Tag, db: None) -> Iterator[Tag]:
    with open_tenant_scope(filled.tenant):
        yield filled


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
    """The index is used, and no table of many rows is read from end to end."""
    plan = scans(rows)
    assert index in {name for name, _ in plan}, plan
    assert not any(kind == "Seq Scan" and name in TABLES for name, kind in plan), plan


def first_page(*conditions: Any) -> QuerySet[Member]:
    return Member.objects.filter(*conditions, deleted_at=None).order_by(
        "-created_at", "-pk"
    )[:51]


def sorted_by(order: str) -> QuerySet[Member]:
    """As the list sorts it."""
    rows = Member.objects.filter(deleted_at=None)
    return rows.order_by(*(key.order(False) for key in list_order_keys(rows, [order])))[
        :51
    ]


def test_each_hot_question_has_its_index(tag: Tag) -> None:
    emails = make_value_list(",".join(f"user{n}@example.jp" for n in range(100)))
    phones = make_value_list(
        ",".join(f"090{n}" for n in range(10_000_000, 10_000_100)), "phone"
    )
    some = Member.objects.earliest("pk").pk + 10
    values = AttributeValue.objects.filter(
        attribute__kind="choice", text=str(some)
    ).values("member_id")
    assert_uses("member_newest", first_page())
    assert_uses("member_link_state", first_page(Q(link_state="linked")))
    assert_uses("member_seen", sorted_by("-last_seen_at"))
    assert_uses(
        "member_email", first_page(build_value_in_list_q("email", emails.public_id))
    )
    assert_uses(
        "member_phone", first_page(build_value_in_list_q("phone", phones.public_id))
    )
    assert_uses(
        "members_membertag_pkey",
        Member.objects.filter(compile_tags("has_any", [tag.pk])),
    )
    assert_uses("member_newest", first_page(compile_tags("has_none", [tag.pk])))
    assert_uses("member_birth_md", Member.objects.filter(birth_md=101, tenant_id__gt=0))
    assert_uses("attributevalue_text", Member.objects.filter(pk__in=values))
    plan = scans(Member.objects.filter(build_search_q("高橋" + chr(19968 + 2))))
    assert plan and not any(kind == "Seq Scan" for _, kind in plan), plan


def test_what_is_a_member_s_is_found_by_the_member(tag: Tag) -> None:
    pk = Member.objects.earliest("pk").pk + 10
    assert_uses(
        "identity_newest",
        IdentityRecord.objects.filter(member=pk).order_by("-received_at", "-id")[:20],
    )
    assert_uses(
        "memberchange_newest",
        MemberChange.objects.filter(member=pk).order_by("-at", "-id")[:20],
    )
    assert_uses("membertag_member", MemberTag.objects.filter(member=pk))
    assert_uses("attributevalue_member", AttributeValue.objects.filter(member=pk))
    assert_uses(
        "delivery_member",
        Delivery.objects.filter(member=pk).order_by("-planned_at", "-id")[:20],
    )
    assert_uses(
        "submission_member",
        Submission.objects.filter(member=pk).order_by("-received_at", "-id")[:20],
    )


def test_the_search_reads_no_table_from_end_to_end(tag: Tag) -> None:
    """Its statements run inside, as the owner of the tables: what they read shows in the statistics."""
    for text in (
        "高橋",
        "高橋" + chr(19968 + 2),
        "user123",
        "0901000",
        "1234",
        "Uab12",
        "m0000000012",
    ):
        with connection.cursor() as cursor:
            cursor.execute(READ)
            before = cursor.fetchone()
            find_member_ids(SearchTerms.of(text))
            cursor.execute(READ)
            assert cursor.fetchone() == before, text


# ---------------------------------------------------------------- conditions
def asked(field: str, op: str, value: Any) -> Any:
    return filter_members(
        Member.objects.all(), {"field": field, "op": op, "value": value}
    ).order_by()


def test_conditions_on_columns(tag: Tag) -> None:
    assert_uses("member_birth_md", asked("birthday", "md_between", ["01-05", "01-05"]))
    assert_uses(
        "member_birthday", asked("birthday", "between", ["1985-01-01", "1985-12-31"])
    )
    assert_uses("member_link_state", asked("link_state", "in", ["review"]))
    assert_uses("member_visits", asked("visits", "at_least", 298))
    assert_uses("member_sessions", asked("sessions", "between", [197, 198]))
    assert_uses("member_deleted", asked("deleted", "only", True))


def test_conditions_on_tags_and_items(tag: Tag) -> None:
    some = Member.objects.earliest("pk").pk + 10
    Attribute.objects.filter(kind="choice").update(choices=[str(some)])
    keys = {each.kind: f"attr:{each.public_id}" for each in Attribute.objects.all()}
    assert_uses("members_membertag_pkey", asked("tag", "has_any", [tag.pk]))
    assert_uses(
        "attributevalue_number", asked(keys["number"], "between", [some, some + 100])
    )
    assert_uses(
        "attributevalue_date",
        asked(keys["date"], "between", ["2001-01-01", "2001-01-31"]),
    )
    assert_uses("attributevalue_text", asked(keys["choice"], "in", [str(some)]))
