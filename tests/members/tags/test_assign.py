import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from members.identity import delete as deleting
from members.models import Member, MemberTag, Tag, TagBatch
from members.signals import members_tagged
from members.tags import assign, names
from members.usage import delete_tag
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast

OPERATOR = TagBatch.Source.OPERATOR


@pytest.fixture
def news() -> Iterator[list[tuple[object, ...]]]:
    heard: list[tuple[object, ...]] = []

    def tagged(
        sender: object, tenant: Tenant, tag: Tag, batch: TagBatch, **_: Any
    ) -> None:
        heard.append(
            (
                "tagged",
                tenant,
                tag,
                sorted(batch.member_tags.values_list("member_id", flat=True)),
            )
        )

    members_tagged.connect(tagged)
    yield heard
    members_tagged.disconnect(tagged)


def people(count: int) -> list[Member]:
    return [Member.objects.create(name=f"会員{number}") for number in range(count)]


def carriers(tag: Tag) -> list[int]:
    return sorted(MemberTag.objects.filter(tag=tag).values_list("member_id", flat=True))


def test_only_the_newly_tagged_are_news(
    sakura: Tenant, cast: Cast, news: list[tuple[object, ...]]
) -> None:
    one, two, three = people(3)
    tag = names.get_or_create_tag("定期3回目")
    assign.tag_members(tag, Member.objects.filter(pk=one.pk), OPERATOR)
    batch = assign.tag_members(tag, Member.objects.all(), OPERATOR, cast.aiko)
    assert (batch.count, batch.action, batch.operator) == (2, "add", cast.aiko)
    assert carriers(tag) == [one.pk, two.pk, three.pk]
    assert news == [
        ("tagged", sakura, tag, [one.pk]),
        ("tagged", sakura, tag, [two.pk, three.pk]),
    ]
    assert [
        entry.data["count"]
        for entry in AuditEntry.objects.filter(action="member.tagged").order_by("id")
    ] == [1, 2]


def test_nobody_new_no_news(sakura: Tenant, news: list[tuple[object, ...]]) -> None:
    people(1)
    tag = names.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.all(), OPERATOR)
    news.clear()
    assert assign.tag_members(tag, Member.objects.all(), OPERATOR).count == 0
    assert assign.tag_members(tag, Member.objects.none(), OPERATOR).count == 0
    assert (
        assign.tag_members(tag, Member.objects.filter(pk__in=[]), OPERATOR).count == 0
    )
    assert (
        assign.untag_members(
            names.get_or_create_tag("B"), Member.objects.all(), OPERATOR
        ).count
        == 0
    )
    assert news == []


def test_tagging_is_the_same_few_statements_for_any_number(sakura: Tenant) -> None:
    tag, counts = (
        Tag.objects.select_related("tenant").get(pk=names.get_or_create_tag("A").pk),
        [],
    )
    for count in (1, 30):
        people(count)
        with CaptureQueriesContext(connection) as queries:
            assign.tag_members(tag, Member.objects.all(), OPERATOR)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert MemberTag.objects.count() == 31


def test_untag(sakura: Tenant, news: list[tuple[object, ...]]) -> None:
    one, two = people(2)
    tag, other = names.get_or_create_tag("A"), names.get_or_create_tag("B")
    assign.tag_members(tag, Member.objects.all(), OPERATOR)
    assign.tag_members(other, Member.objects.all(), OPERATOR)
    news.clear()
    batch = assign.untag_members(tag, Member.objects.filter(pk=one.pk), OPERATOR)
    assert (batch.count, batch.action) == (1, "remove")
    assert (carriers(tag), carriers(other)) == ([two.pk], [one.pk, two.pk])
    assert news == []


def test_undo_takes_the_tag_off_those_newly_tagged(sakura: Tenant, cast: Cast) -> None:
    one, two, _three = people(3)
    tag = names.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.filter(pk=one.pk), OPERATOR)
    batch = assign.tag_members(tag, Member.objects.all(), OPERATOR)
    assign.untag_members(tag, Member.objects.filter(pk=two.pk), OPERATOR)
    assign.tag_members(
        tag, Member.objects.filter(pk=two.pk), OPERATOR
    )  # by somebody else, later: not this batch's doing
    assert assign.undo_tagging(batch, cast.aiko).count == 1
    assert carriers(tag) == [one.pk, two.pk]
    with pytest.raises(ValueError, match="Only a tagging"):
        assign.undo_tagging(assign.untag_members(tag, Member.objects.all(), OPERATOR))


def test_a_tag_is_named_once(sakura: Tenant, cast: Cast) -> None:
    tag = names.get_or_create_tag("  〇 定期（3回目） ")
    assert tag.name == "〇 定期（3回目）"
    assert names.get_or_create_tag("〇　定期(３回目)") == tag
    assert [entry.action for entry in AuditEntry.objects.all()] == ["tag.made"]
    for bad in ("", " 　", "長" * 101):
        with pytest.raises(ValidationError):
            names.get_or_create_tag(bad)


def test_members_of_another_shop_are_not_tagged(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = Member.objects.create()
    with open_tenant_scope(cast.sakura):
        assert (
            assign.tag_members(
                names.get_or_create_tag("A"),
                Member.objects.filter(pk=foreign.pk),
                OPERATOR,
            ).count
            == 0
        )


def test_deleting_a_tag_or_member_leaves_no_link(sakura: Tenant) -> None:
    one, two = people(2)
    tag, other = names.get_or_create_tag("A"), names.get_or_create_tag("B")
    for each in (tag, other):
        assign.tag_members(each, Member.objects.all(), OPERATOR)
    delete_tag.delete_tag(tag)
    assert deleting.delete_members(Member.objects.filter(pk=one.pk)) == 1
    assert list(MemberTag.objects.values_list("tag_id", "member_id")) == [
        (other.pk, two.pk)
    ]
    assert {entry.action for entry in AuditEntry.objects.all()} >= {
        "tag.deleted",
        "member.deleted",
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("victim", ["member", "tag"])
def test_a_delete_waits_for_the_tagging_beside_it(victim: str) -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        member, tag = Member.objects.create(), names.get_or_create_tag("A")
    tagged, done = threading.Event(), []

    def delete() -> None:
        try:
            tagged.wait(10)
            with open_tenant_scope(cast.sakura), transaction.atomic():
                if victim == "member":
                    deleting.delete_members(Member.objects.filter(pk=member.pk))
                else:
                    delete_tag.delete_tag(Tag.objects.get(pk=tag.pk))
            done.append("deleted")
        finally:
            connection.close()

    thread = threading.Thread(target=delete)
    thread.start()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        assert assign.tag_members(tag, Member.objects.all(), OPERATOR).count == 1
        tagged.set()
        time.sleep(0.4)
        assert done == []
    thread.join(20)
    with open_tenant_scope(cast.sakura), transaction.atomic():
        assert (done, MemberTag.objects.count()) == (["deleted"], 0)


@pytest.mark.django_db(transaction=True)
def test_tagging_after_a_delete_under_way_finds_the_member_gone() -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        member, tag = Member.objects.create(), names.get_or_create_tag("A")
    deleted, counts = threading.Event(), []

    def tag_all() -> None:
        try:
            deleted.wait(10)
            with open_tenant_scope(cast.sakura):
                counts.append(
                    assign.tag_members(tag, Member.objects.all(), OPERATOR).count
                )
        finally:
            connection.close()

    thread = threading.Thread(target=tag_all)
    thread.start()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        deleting.delete_members(Member.objects.filter(pk=member.pk))
        deleted.set()
        time.sleep(0.4)
        assert counts == []
    thread.join(20)
    with open_tenant_scope(cast.sakura), transaction.atomic():
        assert (counts, MemberTag.objects.count()) == ([0], 0)
