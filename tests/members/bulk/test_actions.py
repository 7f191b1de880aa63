from typing import Any

import pytest
from django.test import Client

from members.listing import confirm_count
from members.models import Member, MemberTag, Tag, TagBatch
from members.tags import assign, names
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

BULK, LIST = "/t/sakura/members/bulk/", "/t/sakura/members/"


def people(count: int, **values: Any) -> list[Member]:
    return [
        Member.objects.create(name=f"会員{number}", **values) for number in range(count)
    ]


def ids(*members: Member) -> list[str]:
    return [member.public_id for member in members]


def carriers(tag: Tag) -> list[str]:
    return sorted(
        MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True)
    )


def test_asks_first_with_count_and_sample(sakura: Tenant, ed: Client) -> None:
    members = people(7)
    answer = ed.post(BULK, {"action": "tag", "ids": ids(*members)})
    assert answer.status_code == 200
    assert (answer.context["chosen"].count, len(answer.context["chosen"].sample)) == (
        7,
        5,
    )
    assert not TagBatch.objects.exists()


def test_tags_the_ticked_with_a_tag_made_on_the_spot(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    one, two, _three = people(3)
    data = {
        "action": "tag",
        "ids": ids(one, two),
        "confirm": "1",
        "expected": "2",
        "new_tag": "8月13日〇〇商品3回目購入者",
    }
    answer = ed.post(f"{BULK}?link=unanswered", data)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{LIST}?link=unanswered",
    )
    tag = Tag.objects.get()
    assert (tag.name, carriers(tag)) == (
        "8月13日〇〇商品3回目購入者",
        ["会員0", "会員1"],
    )
    batch = TagBatch.objects.get()
    assert (batch.count, batch.source, batch.operator) == (2, "operator", cast.ed)
    assert [(e.action, e.operator) for e in AuditEntry.objects.order_by("id")] == [
        ("tag.made", cast.ed),
        ("job.started", cast.ed),
        ("member.tagged", cast.ed),
        ("job.ended", cast.ed),
    ]


def test_all_of_the_list_means_what_its_filter_finds(
    sakura: Tenant, ed: Client
) -> None:
    people(2, line_state="friend")
    Member.objects.create(name="他", line_state="blocked")
    tag = names.get_or_create_tag("A")
    data = {
        "action": "tag",
        "scope": "all",
        "confirm": "1",
        "expected": "2",
        "tag": tag.public_id,
    }
    ed.post(
        f"{BULK}?c=%7B%22field%22%3A%22line_state%22%2C%22op%22%3A%22in%22%2C%22value%22%3A%5B%22friend%22%5D%7D",
        data,
    )
    assert carriers(tag) == ["会員0", "会員1"]


def test_takes_a_tag_off(sakura: Tenant, ed: Client) -> None:
    one, two = people(2)
    tag = names.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.all(), "operator")
    data = {
        "action": "untag",
        "ids": ids(one),
        "confirm": "1",
        "expected": "1",
        "tag": tag.public_id,
    }
    assert ed.post(BULK, data).status_code == 302
    assert carriers(tag) == [two.name]
    assert AuditEntry.objects.filter(action="member.untagged").count() == 1


def test_a_list_that_changed_meanwhile_is_asked_again(
    sakura: Tenant, ed: Client
) -> None:
    people(3)
    tag = names.get_or_create_tag("A")
    data = {
        "action": "tag",
        "scope": "all",
        "confirm": "1",
        "expected": "2",
        "tag": tag.public_id,
    }
    answer = ed.post(BULK, data)
    assert answer.status_code == 422 and carriers(tag) == []
    assert "対象の会員が3名に変わりました" in answer.content.decode()
    assert (
        answer.context["form"]["expected"].value() == "3"
        and answer.context["form"]["tag"].value() == tag.public_id
    )


def test_many_are_typed(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm_count, "ASK_ABOVE", 2)
    people(3)
    tag = names.get_or_create_tag("A")
    data = {
        "action": "tag",
        "scope": "all",
        "confirm": "1",
        "expected": "3",
        "tag": tag.public_id,
        "typed": "2",
    }
    assert ed.post(BULK, data).status_code == 422 and carriers(tag) == []
    assert ed.post(BULK, {**data, "typed": "３"}).status_code == 302
    assert len(carriers(tag)) == 3


@pytest.mark.parametrize(
    "extra",
    [{}, {"tag": "foreign"}, {"new_tag": "長" * 101}, {"tag": "own", "new_tag": "B"}],
)
def test_no_usable_tag(cast: Cast, ed: Client, extra: dict[str, str]) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = names.get_or_create_tag("他店")
    with open_tenant_scope(cast.sakura):
        member, own = people(1)[0], names.get_or_create_tag("A")
        keys = {"foreign": foreign.public_id, "own": own.public_id}
        data = {name: keys.get(value, value) for name, value in extra.items()}
        answer = ed.post(
            BULK,
            {
                "action": "tag",
                "ids": ids(member),
                "confirm": "1",
                "expected": "1",
                **data,
            },
        )
        assert answer.status_code == 422
        assert not TagBatch.objects.exists() and Tag.objects.count() == 1


def test_members_of_another_shop_are_refused(cast: Cast, ed: Client) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = Member.objects.create()
    with open_tenant_scope(cast.sakura):
        own, tag = people(1)[0], names.get_or_create_tag("A")
        data = {
            "action": "tag",
            "ids": ids(own, foreign),
            "confirm": "1",
            "expected": "2",
            "tag": tag.public_id,
        }
        assert ed.post(BULK, data).headers["Location"] == f"{LIST}?"
        assert carriers(tag) == []


@pytest.mark.parametrize("query", ["s=gone", "c=x"])
def test_an_unusable_filter_tags_nobody(sakura: Tenant, ed: Client, query: str) -> None:
    people(1)
    tag = names.get_or_create_tag("A")
    data = {
        "action": "tag",
        "scope": "all",
        "confirm": "1",
        "expected": "1",
        "tag": tag.public_id,
    }
    assert ed.post(f"{BULK}?{query}", data).status_code == 302
    assert carriers(tag) == []


def test_a_viewer_tags_nobody(sakura: Tenant, vic: Client) -> None:
    assert vic.post(BULK, {"action": "tag", "ids": ids(*people(1))}).status_code == 403
