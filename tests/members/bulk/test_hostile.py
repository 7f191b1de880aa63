"""What nobody does by mistake, and what happens in between: none of it finds more members, or breaks a page."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from jobs import runner
from jobs.models import Job
from members.bulk.params import TagParams
from members.conditions.sql import filter_members
from members.conditions.tree import MOST
from members.conditions.url import encode_condition
from members.exports.job import ExportParams
from members.identity.delete import delete_members
from members.listing.list_filter import ListFilter
from members.listing.selection import select_everybody, select_members
from members.merge.merge import MergeRefused, merge_members
from members.merge.unmerge import unmerge_members
from members.models import (
    Attribute,
    AttributeValue,
    IdentityRecord,
    Inquiry,
    Member,
    MemberTag,
    Note,
)
from members.screens.builder.form import Builder
from members.segments.manage import save_segment
from members.tags import names
from members.usage.tags import find_tag_usage
from members.valuelists import lookup
from members.valuelists.lists import make_value_list
from operators import groups
from operators.models import Seat
from tenants.models import Tenant
from tenants.scope import act_as
from tests.conftest import Cast


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


# ---------------------------------------------------------------- conditions that nobody built
@pytest.mark.parametrize(
    "text",
    [
        json.dumps(leaf("birthday", "on", "\ud800")),
        json.dumps(leaf("cart", "in", ["\ud800"])),
        json.dumps(leaf("scenario", "in", ["\0"])),
        json.dumps(leaf("attr:\ud800", "in", "x")),
        '{"field":"buy_times","op":"at_least","value":NaN}',
        '{"all":[[]]}',
        "[" * 3000,
        "~AAAA",
    ],
)
def test_an_unreadable_condition_finds_nobody(
    sakura: Tenant, aiko: Client, text: str
) -> None:
    Member.objects.create(name="A")
    answer = aiko.get(f"/t/sakura/members/?c={quote(text)}")
    assert (
        list(answer.context["page"].rows),
        bool(answer.context["filter"].problem),
    ) == ([], True)


def test_a_condition_of_thousands_of_parts_is_refused(sakura: Tenant) -> None:
    Member.objects.create(name="A")
    part = leaf("line_state", "in", ["friend"])
    for count, refused in ((MOST, False), (MOST + 1, True)):
        query = QueryDict(mutable=True)
        query["c"] = encode_condition({"any": [part] * count})
        assert (len(query["c"]) < 4_000, bool(ListFilter(query).problem)) == (
            True,
            refused,
        )


@pytest.mark.parametrize("url", ["filter/", "filter/rows/", "filter/count/"])
def test_groups_in_groups_in_groups_are_refused(
    sakura: Tenant, aiko: Client, url: str
) -> None:
    nodes = ["0::group", *(f"{n}:{n - 1}:group" for n in range(1, 199))]
    answer = aiko.post(f"/t/sakura/members/{url}", {"node": nodes, "do": "apply"})
    assert answer.status_code == (422 if url == "filter/" else 200)


def test_a_part_that_is_too_much_is_not_left_out(sakura: Tenant) -> None:
    """It would widen what was asked for."""
    deep = ["0::group", *(f"{n}:{n - 1}:group" for n in range(1, 12)), "12:11:row"]
    wide = ["0::group", *(f"{n}:0:row" for n in range(1, 300))]
    for nodes in (deep, wide):
        data = QueryDict(mutable=True)
        data.setlist("node", nodes)
        builder = Builder.posted(data)
        assert (builder.read(), builder.failed) == (None, True)


# ---------------------------------------------------------------- jobs
def test_a_job_whose_condition_names_a_deleted_tag_touches_nobody(
    sakura: Tenant, cast: Cast
) -> None:
    Member.objects.create(name="A")
    old, new = names.get_or_create_tag("旧"), names.get_or_create_tag("新")
    condition = {"all": [leaf("tag", "has_none", [old.pk])]}
    selection = {
        "condition": condition,
        "until": timezone.now().isoformat(),
        "count": 300,
    }
    bulk = runner.start_job(
        "bulk.tag",
        cast.ed,
        TagParams(selection=selection, tag=new.pk, about="新", now=False),
        300,
    )
    params = ExportParams(selection, ["name"], "csv", "確認")
    export = runner.start_job(
        "members.export", cast.aiko, params, 300, "secret-123-word"
    )
    old.delete()
    for job in (bulk, export):
        runner.run_job(job.pk)
        job.refresh_from_db()
        assert (
            job.state,
            job.failures,
            job.done,
            "条件を読み取れません" in job.note,
        ) == ("failed", 0, 0, True)
    assert MemberTag.objects.count() == 0


def test_a_worker_that_was_late_does_not_wake_an_ended_job(
    sakura: Tenant, cast: Cast
) -> None:
    """It read the row while it waited; meanwhile another did everything."""
    tag = names.get_or_create_tag("定期")
    selection = {
        "condition": {"all": []},
        "until": timezone.now().isoformat(),
        "count": 300,
    }
    job = runner.start_job(
        "bulk.tag",
        cast.ed,
        TagParams(selection=selection, tag=tag.pk, about="定期", now=False),
        300,
    )
    read = Job.objects.get(pk=job.pk)
    runner.run_job(job.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(Job.objects.all()), "first", lambda rows: read)
        assert runner.begin_job(job.pk) is None
    job.refresh_from_db()
    assert job.state == Job.State.DONE


# ---------------------------------------------------------------- selections
def test_a_selection_looks_up_a_long_list_anew(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the ten minutes that the list's own page may be old, somebody comes who stands in it."""
    monkeypatch.setattr(lookup, "SHORT_LIST", 1)
    values = make_value_list("a@example.jp, b@example.jp", "email")
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        Member.objects.create(
            name="A",
            email="a@example.jp",
            email_key="a@example.jp",
            created_at=timezone.now(),
        )
        other = Member.objects.create(
            name="C", email="c@example.jp", email_key="c@example.jp"
        )
        query = QueryDict(mutable=True)
        query["c"] = encode_condition(leaf("email", "not_in_list", values.public_id))
        assert list(
            select_members(select_everybody(ListFilter(query), timezone.now()))
        ) == [other]


def test_a_joined_member_is_never_selected(sakura: Tenant) -> None:
    stays = Member.objects.create(name="A")
    joined = Member.objects.create(
        name="B", merged_into=stays, deleted_at=timezone.now()
    )
    assert list(select_members({"ids": [stays.pk, joined.pk], "deleted": True})) == [
        stays
    ]


# ---------------------------------------------------------------- members who are gone
@pytest.mark.parametrize("joined", [False, True])
def test_a_page_left_open_does_not_change_a_deleted_member(
    sakura: Tenant, ed: Client, joined: bool
) -> None:
    stays, tag = Member.objects.create(name="A"), names.get_or_create_tag("定期")
    gone = Member.objects.create(
        name="B", deleted_at=timezone.now(), merged_into=stays if joined else None
    )
    page = f"/t/sakura/members/{gone.public_id}/"
    before = Member.objects.values().get(pk=gone.pk)
    for part, data in (
        ("edit/", {"name": "C"}),
        ("tags/add/", {"tag": tag.public_id}),
        ("tags/remove/", {"tag": tag.public_id}),
        ("notes/add/", {"kind": "memo", "text": "x"}),
        ("inquiries/add/", {"subject": "x", "mark": "open"}),
        ("receiving/", {"channel": "mail"}),
    ):
        assert ed.post(page + part, data).status_code == 302, part
    assert Member.objects.values().get(pk=gone.pk) == before
    counts = [
        model.objects.count() for model in (MemberTag, Note, Inquiry, IdentityRecord)
    ]
    assert counts == [0, 0, 0, 0]


def test_a_merge_forgets_those_who_were_deleted_for_good(
    sakura: Tenant, cast: Cast
) -> None:
    stays, goes, other = (
        Member.objects.create(name=name) for name in ("佐久間", "金糸雀", "他人")
    )
    joined = merge_members(stays, [goes], {}, cast.ed)
    untouched = merge_members(other, [Member.objects.create(name="別人")], {}, cast.ed)
    delete_members(Member.objects.filter(pk=goes.pk))
    joined.refresh_from_db()
    untouched.refresh_from_db()
    assert (joined.record, "before" in untouched.record) == (
        {"members": [goes.pk]},
        True,
    )
    with pytest.raises(MergeRefused):
        unmerge_members(joined, cast.ed)


# ---------------------------------------------------------------- the search that runs as the owner
def test_a_temporary_table_does_not_stand_in_for_the_members(sakura: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proconfig FROM pg_proc WHERE proname = 'members_search' AND prosecdef"
        )
        ((config,),) = cursor.fetchall()
    assert [each for each in config if each.startswith("search_path")] == [
        "search_path=pg_catalog, public, pg_temp"
    ]


# ---------------------------------------------------------------- what colleagues keep to themselves
def test_a_tags_uses_name_no_condition_of_a_group_that_one_is_not_in(
    sakura: Tenant, cast: Cast
) -> None:
    tag, group = (
        names.get_or_create_tag("定期"),
        groups.make_group("経営", Seat.objects.filter(operator=cast.aiko)),
    )
    save_segment(
        "解約しそうな方", {"all": [leaf("tag", "has_any", [tag.pk])]}, cast.aiko, group
    )
    shown = []
    for operator in (cast.aiko, cast.ed):
        with act_as(operator):
            shown.append(
                [(use.name, str(use.kind)) for use in find_tag_usage([tag])[tag.pk]]
            )
    assert shown == [
        [("解約しそうな方", "保存した条件")],
        [("経営", "グループで共有した保存した条件")],
    ]


def test_a_list_of_numbers_is_compared_in_the_database(
    sakura: Tenant, django_assert_num_queries: Any
) -> None:
    attribute = Attribute.objects.create(name="回数", kind="number")
    members = [Member.objects.create(name=str(number)) for number in (3, 5, 7)]
    for member, number in zip(members, (3, 5.5, 7), strict=True):
        AttributeValue.objects.create(attribute=attribute, member=member, number=number)
    values = make_value_list("3, 5.5回, 999999999999", "number")
    found = filter_members(
        Member.objects.all(),
        leaf(f"attr:{attribute.public_id}", "in_list", values.public_id),
    )
    with django_assert_num_queries(1):
        assert sorted(member.name for member in found) == ["3", "5"]
