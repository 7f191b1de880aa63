"""What each bulk action does, how it is taken back, and that it may be killed, stopped and resumed."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from forms_builder.models import Form
from jobs import runner
from jobs.models import Job
from members.attributes.values import set_attribute_value
from members.bulk import actions
from members.bulk.params import BulkParams, SetParams, TagParams
from members.models import (
    Attribute,
    AttributeValue,
    Inquiry,
    Member,
    MemberTag,
    PastTag,
    Segment,
    Tag,
    TagBatch,
)
from members.tags import assign
from members.tags.names import get_or_create_tag
from messaging.models import LineAccount
from operators.models import AuditEntry, Operator
from tenants.models import Tenant
from tenants.scope import act_as
from tests.conftest import Cast
from tests.forms_builder.conftest import make_submission

BULK = "/t/sakura/members/bulk/"


def people(*names: str, **values: Any) -> list[Member]:
    return [Member.objects.create(name=name, **values) for name in names]


def do(
    client: Client, action: str, *members: Member, query: str = "", **data: Any
) -> Any:
    ids = [member.public_id for member in members]
    count = data.pop("expected", len(ids))
    return client.post(
        f"{BULK}{query}",
        {"action": action, "ids": ids, "confirm": "1", "expected": count, **data},
    )


def names(**values: Any) -> list[str]:
    return sorted(Member.objects.filter(**values).values_list("name", flat=True))


def said(client: Client) -> list[str]:
    return [
        str(message) for message in client.get("/t/sakura/members/").context["messages"]
    ]


def carriers(tag: Tag) -> list[str]:
    return sorted(
        MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True)
    )


def tag_job(tag: Tag, operator: Operator, count: int) -> Job:
    """All members of the shop, for a worker to tag."""
    selection = {
        "condition": {"all": []},
        "until": timezone.now().isoformat(),
        "count": count,
    }
    params = TagParams(selection=selection, tag=tag.pk, about=tag.name, now=False)
    return runner.start_job("bulk.tag", operator, params, runner.AT_ONCE + count)


# ---------------------------------------------------------------- tags
def test_a_job_tags_in_batches_and_counts(
    sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PART_SIZE", 3)
    members = people(*"ABCDEFG")
    tag = get_or_create_tag("定期")
    assign.tag_members(
        tag, Member.objects.filter(pk=members[0].pk), TagBatch.Source.OPERATOR
    )
    job = tag_job(tag, cast.ed, 7)
    people("あと")
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == (
        "done",
        7,
        7,
        {"changed": 6},
    )
    assert carriers(tag) == list("ABCDEFG")
    assert list(job.tag_batches.order_by("pk").values_list("count", flat=True)) == [
        2,
        3,
        1,
    ]
    assert runner.get_kind("bulk.tag").lines(job) == [
        "タグ「定期」を会員6名に付けました。",
        "1名にはすでに付いていました。",
    ]


def test_killed_between_parts_it_goes_on(
    sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PART_SIZE", 3)
    people(*"ABCDEFG")
    tag = get_or_create_tag("定期")
    job = tag_job(tag, cast.ed, 7)
    assert not runner.run_next_step(job.pk) and carriers(tag) == list("ABC")
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.result, carriers(tag)) == ({"changed": 7}, list("ABCDEFG"))


def test_undo_takes_off_what_it_put_on(
    sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PART_SIZE", 2)
    before, lost, kept, *_rest = people(*"ABCDE")
    tag = get_or_create_tag("定期")
    assign.tag_members(
        tag, Member.objects.filter(pk=before.pk), TagBatch.Source.OPERATOR
    )
    job = tag_job(tag, cast.ed, 5)
    runner.run_job(job.pk)
    for verb in (assign.untag_members, assign.tag_members):  # lost and regained since
        verb(tag, Member.objects.filter(pk=lost.pk), TagBatch.Source.OPERATOR)
    with act_as(cast.aiko):
        undo = runner.undo_job(Job.objects.get(pk=job.pk))
    assert undo and undo.operator == cast.aiko
    runner.run_job(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, carriers(tag)) == ("done", ["A", "B"])
    assert runner.get_kind("bulk.tag.undo").lines(undo) == [
        "会員3名からタグを外しました。"
    ]
    assert kept.name not in carriers(tag)


def test_a_tag_taken_off_in_bulk_is_put_back_as_it_was(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = people(*"ABCD")
    tag = get_or_create_tag("定期")
    before = assign.tag_members(
        tag, Member.objects.filter(name__in="ABC"), TagBatch.Source.OPERATOR
    )
    monkeypatch.setattr(actions, "PART_SIZE", 2)
    do(ed, "untag", *members, tag=tag.public_id)
    assert carriers(tag) == []
    again = assign.tag_members(
        tag, Member.objects.filter(name="C"), TagBatch.Source.OPERATOR
    )
    undo = runner.undo_job(Job.objects.get(kind="bulk.untag"))
    assert undo and runner.get_kind(undo.kind).lines(undo) == [
        "会員2名にタグを付け直しました。"
    ]
    links = MemberTag.objects.order_by("member__name").values_list(
        "member__name", "batch"
    )
    assert list(links) == [("A", before.pk), ("B", before.pk), ("C", again.pk)]
    assert [past.member.name for past in PastTag.objects.all()] == ["C"]


def test_a_stopped_job_is_taken_back_too(
    sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "PART_SIZE", 2)
    people(*"ABCDE")
    tag = get_or_create_tag("定期")
    job = tag_job(tag, cast.ed, 5)
    runner.run_next_step(job.pk)
    runner.request_stop(job)
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, carriers(tag)) == ("stopped", ["A", "B"])
    runner.undo_job(job)
    assert carriers(tag) == []


RELATIVE = [
    {"field": "known_at", "op": "from", "value": {"days": -7}},
    {"field": "known_at", "op": "between", "value": [{"days": -7}, {"days": -7}]},
    {"field": "birthday", "op": "md", "value": {"days": 0}},
    {"field": "birthday", "op": "md_between", "value": [{"days": 0}, {"days": 1}]},
    {"field": "form", "op": "in", "value": {"of": ["FORM"], "days": 7}},
]


@pytest.mark.parametrize("condition", RELATIVE)
def test_days_count_from_when_it_was_asked(
    sakura: Tenant,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    condition: dict[str, Any],
) -> None:
    """Asked before midnight, run after: the seven days are still those that the page spoke of."""
    asked = dt.datetime(2026, 11, 20, 14, 59, tzinfo=dt.UTC)  # 23:59 in Japan
    monkeypatch.setattr(
        timezone, "now", lambda: dt.datetime(2026, 11, 20, 15, 5, tzinfo=dt.UTC)
    )
    week_ago = dt.datetime(2026, 11, 13, 3, 0, tzinfo=dt.UTC)
    (member,) = people("A", known_at=week_ago, birth_md=1120)
    Member.objects.update(created_at=week_ago)
    account = LineAccount.objects.create(
        name="公式", channel_id="1", channel_secret="s"
    )
    form = Form.objects.create(name="f", account=account, title="t", public_id="FORM")
    make_submission(form, member, received_at=week_ago)
    tag = get_or_create_tag("定期")
    selection = {"condition": condition, "until": asked.isoformat(), "count": 1}
    params = TagParams(selection=selection, tag=tag.pk, about=tag.name)
    runner.run_job(runner.start_job("bulk.tag", cast.ed, params, runner.AT_ONCE + 1).pk)
    assert carriers(tag) == ["A"]


def test_a_deleted_tag_fails_with_words(sakura: Tenant, cast: Cast) -> None:
    people("A")
    tag = get_or_create_tag("定期")
    job = tag_job(tag, cast.ed, 1)
    Tag.objects.all().delete()
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "タグが削除された" in job.note


def test_the_page_says_who_is_passed_over(sakura: Tenant, ed: Client) -> None:
    members = people(*"ABC")
    tag = get_or_create_tag("定期")
    assign.tag_members(tag, Member.objects.filter(name="A"), TagBatch.Source.OPERATOR)
    data = {"ids": [m.public_id for m in members], "tag": tag.public_id, "check": "1"}
    for action, line in (
        ("tag", "1名にはすでに付いているため、変わりません。"),
        ("untag", "2名には付いていないため、変わりません。"),
    ):
        answer = ed.post(
            BULK, {"action": action, **data}, headers={"HX-Request": "true"}
        )
        assert (answer.status_code, answer.context["left_out"]) == (200, [line])
    assert carriers(tag) == ["A"]


def test_a_name_typed_may_be_a_tag_that_exists(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    members = people(*"ABC")
    tag = get_or_create_tag("定期3回目")
    assign.tag_members(tag, Member.objects.filter(name="A"), TagBatch.Source.OPERATOR)
    condition = {"field": "tag", "op": "has_all", "value": [tag.pk]}
    Segment.objects.create(name="三回目", owner=cast.ed, condition=condition)
    data = {
        "action": "tag",
        "ids": [m.public_id for m in members],
        "new_tag": "　定期３回目",
        "check": "1",
    }
    with act_as(cast.ed):
        answer = ed.post(BULK, data, headers={"HX-Request": "true"})
    assert answer.context["left_out"] == [
        "タグ「定期3回目」はすでにあるため、そのタグを付けます。",
        "1名にはすでに付いているため、変わりません。",
        "保存した条件：「三回目」",
    ]


def test_done_at_once_offers_the_undo(sakura: Tenant, ed: Client) -> None:
    members = people(*"AB")
    do(ed, "tag", *members, new_tag="定期")
    (toast,) = said(ed)
    assert toast.startswith("タグ「定期」を会員2名に付けました。") and "/undo/" in toast
    job = Job.objects.get()
    ed.post(f"/t/sakura/jobs/{job.public_id}/undo/")
    assert carriers(Tag.objects.get()) == []


def test_many_are_taken_on_and_left_to_a_worker(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 1)
    do(ed, "tag", *people(*"AB"), new_tag="定期")
    (toast,) = said(ed)
    assert toast.startswith("「一括タグ付け：定期」を受け付けました。")
    assert (Job.objects.get().state, carriers(Tag.objects.get())) == ("waiting", [])


# ---------------------------------------------------------------- 一括更新
def test_an_attribute_is_set_and_emptied(sakura: Tenant, ed: Client) -> None:
    members = people(*"AB")
    rank = Attribute.objects.create(name="ランク", name_key="ランク", kind="text")
    do(ed, "set", *members, attribute=rank.public_id, value="ゴールド")
    assert list(AttributeValue.objects.values_list("text", flat=True)) == [
        "ゴールド",
        "ゴールド",
    ]
    job = Job.objects.get()
    assert "ゴールド" not in str(job.params) and job.secret == ""
    assert said(ed)[0].startswith("「ランク」を会員2名で更新しました。")
    assert (
        do(ed, "set", *members, attribute=rank.public_id, value="").status_code == 422
    )
    do(ed, "set", members[0], attribute=rank.public_id, value="", empty="on")
    assert list(AttributeValue.objects.values_list("member__name", flat=True)) == ["B"]


def test_a_new_shop_sets_the_birthday(sakura: Tenant, ed: Client) -> None:
    """The rows of the system's own items are stored with the first use, not before."""
    members = people(*"AB")
    answer = ed.post(
        BULK, {"action": "set", "ids": [member.public_id for member in members]}
    )
    offered = answer.context["form"].fields["attribute"].choices
    assert offered == [
        ("", "選んでください"),
        ("birthday", "生年月日"),
        ("kana", "フリガナ"),
        ("postal_code", "郵便番号"),
        ("address", "住所"),
        ("gender", "性別"),
    ]
    assert not Attribute.objects.exists()
    assert do(ed, "set", *members, attribute="birthday", value="4/1").status_code == 302
    assert list(Member.objects.values_list("birth_md", "birthday")) == [
        (401, None),
        (401, None),
    ]
    assert said(ed)[0].startswith("「生年月日」を会員2名で更新しました。")


KINDS = [
    ("text", [], "TextInput"), ("number", [], "TextInput"), ("date", [], "AnyDateInput"), ("choice", ["金"], "Select")
]  # fmt: skip


@pytest.mark.parametrize(("kind", "choices", "widget"), KINDS)
def test_the_input_fits_the_kind(
    sakura: Tenant, ed: Client, kind: str, choices: list[str], widget: str
) -> None:
    (member,) = people("A")
    item = Attribute.objects.create(
        name="項目", name_key="項目", kind=kind, choices=choices
    )
    data = {
        "action": "set",
        "ids": [member.public_id],
        "attribute": item.public_id,
        "value": "x",
        "check": "1",
    }
    answer = ed.post(BULK, data, headers={"HX-Request": "true"})
    field = answer.context["form"]["value"]
    assert (type(field.field.widget).__name__, field.value()) == (widget, "")
    assert 'id="bulk-value" hx-swap-oob="true"' in answer.content.decode()
    again = ed.post(
        BULK, {**data, "shape": item.public_id}, headers={"HX-Request": "true"}
    )
    assert again.context["form"]["value"].value() == "x"
    assert 'id="bulk-value"' not in again.content.decode()


def test_the_page_says_whose_value_stays_or_goes(sakura: Tenant, ed: Client) -> None:
    members = people(*"ABCD")
    rank = Attribute.objects.create(name="ランク", name_key="ランク", kind="text")
    for name, text in (("A", "金"), ("B", "金"), ("C", "銀")):
        set_attribute_value(rank, Member.objects.filter(name=name), text)
    data = {
        "action": "set",
        "ids": [m.public_id for m in members],
        "check": "1",
        "attribute": rank.public_id,
    }
    for typed, lines in (
        ({}, ["いま3名に値が入っています。"]),
        (
            {"empty": "on"},
            ["3名のいまの値が消えます。", "1名は値がないため、変わりません。"],
        ),
        (
            {"value": "金"},
            [
                "2名はすでに同じ値のため、変わりません。",
                "1名のいまの値が、新しい値に置き換わります。",
            ],
        ),
    ):
        answer = ed.post(
            BULK,
            {**data, **typed, "shape": rank.public_id},
            headers={"HX-Request": "true"},
        )
        assert answer.context["left_out"] == lines


def test_an_item_archived_meanwhile_fails_with_words(
    sakura: Tenant, cast: Cast
) -> None:
    (member,) = people("A")
    rank = Attribute.objects.create(
        name="ランク", name_key="ランク", kind="text", archived_at=timezone.now()
    )
    job = runner.start_job(
        "bulk.set",
        cast.ed,
        SetParams(selection={"ids": [member.pk], "count": 1}, attribute=rank.pk),
        1,
        "金",
    )
    assert job.state == "failed" and job.note == (
        "項目「ランク」は保管または削除されました。項目を復元するか、別の項目を選んでください。"
        "一覧で会員と項目を選び直して、もう一度実行してください。"
    )
    assert not AttributeValue.objects.exists()


@pytest.mark.parametrize("value", ["あ", "1e400"])
def test_a_value_of_another_kind_is_refused_before_the_job(
    sakura: Tenant, ed: Client, value: str
) -> None:
    visits = Attribute.objects.create(
        name="来店回数", name_key="来店回数", kind="number"
    )
    answer = do(ed, "set", *people("A"), attribute=visits.public_id, value=value)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [
        "value"
    ]
    assert not Job.objects.exists()


# ---------------------------------------------------------------- 受信拒否
def test_opting_out_and_back(sakura: Tenant, ed: Client) -> None:
    one, two = people(*"AB")
    earlier = timezone.now() - dt.timedelta(days=3)
    Member.objects.filter(pk=one.pk).update(
        line_optout_at=earlier, line_optout_by="form"
    )
    do(ed, "opt_out", one, two, channel="both")
    assert names(line_optout_at=None) == names(mail_optout_at=None) == []
    runner.undo_job(Job.objects.get(kind="bulk.opt_out"))
    assert names(mail_optout_at=None) == ["A", "B"] and names(line_optout_at=None) == [
        "B"
    ]
    assert Member.objects.get(pk=one.pk).line_optout_at == earlier
    do(ed, "opt_in", one, two, channel="line")
    assert names(line_optout_at=None) == ["A", "B"]


NOT_OUT = "?" + urlencode({"c": '{"field":"line_optout_at","op":"empty","value":true}'})
OUT = "?" + urlencode({"c": '{"field":"line_optout_at","op":"filled","value":true}'})


def test_both_channels_of_whom_the_condition_no_longer_finds(
    sakura: Tenant, ed: Client
) -> None:
    """The first channel's change moves them out of the condition of the list; the second is theirs all the same."""
    one, _two, three = people(*"ABC")
    Member.objects.filter(pk=three.pk).update(
        mail_optout_at=timezone.now(), mail_optout_by="form"
    )
    all_of_it = {"scope": "all", "expected": "3", "channel": "both"}
    do(ed, "opt_out", query=NOT_OUT, **all_of_it)
    assert names(line_optout_at=None) == names(mail_optout_at=None) == []
    assert said(ed)[0].startswith("会員3名を受信拒否（LINE・メール）にしました。")
    Member.objects.filter(pk=one.pk).update(mail_optout_at=None, mail_optout_by="")
    do(ed, "opt_in", query=OUT, **all_of_it)
    assert names(line_optout_at=None) == names(mail_optout_at=None) == ["A", "B", "C"]
    assert said(ed)[0].startswith("会員3名の受信拒否（LINE・メール）を解除しました。")


def test_who_lacks_one_of_both_channels_counts_once(sakura: Tenant, ed: Client) -> None:
    at = timezone.now() - dt.timedelta(days=1)
    members = people("A", line_optout_at=at) + people("B", mail_optout_at=at)
    members += people("C", line_optout_at=at, mail_optout_at=at) + people("D")
    data = {
        "ids": [member.public_id for member in members],
        "channel": "both",
        "check": "1",
    }
    lines = [
        ed.post(
            BULK, {"action": action, **data}, headers={"HX-Request": "true"}
        ).context["left_out"]
        for action in ("opt_out", "opt_in")
    ]
    assert lines == [
        ["1名はすでに受信拒否のため、変わりません。"],
        ["1名は受信拒否ではないため、変わりません。"],
    ]
    do(ed, "opt_out", *members, channel="both")
    job = Job.objects.get(kind="bulk.opt_out")
    assert (job.result, job.done) == ({"changed": 3}, 4)
    undo = runner.undo_job(job)
    assert undo and undo.result == {"changed": 3}
    assert (names(line_optout_at=None), names(mail_optout_at=None)) == (
        ["B", "D"],
        ["A", "D"],
    )


# ---------------------------------------------------------------- 一括削除, 復元
def test_deleting_and_taking_it_back(sakura: Tenant, ed: Client) -> None:
    one, two, _three = people(*"ABC")
    Member.objects.create(name="前から", deleted_at=timezone.now())
    do(ed, "delete", one, two)
    assert names(deleted_at=None) == ["C"]
    runner.undo_job(Job.objects.get(kind="bulk.delete"))
    assert names(deleted_at=None) == ["A", "B", "C"]
    assert [
        e.data.get("count")
        for e in AuditEntry.objects.filter(action__startswith="member.").order_by("id")
    ] == [
        2,
        2,
    ]


def test_restoring_needs_the_deleted_ones_named(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    (gone,) = people("A", deleted_at=timezone.now())
    do(ed, "restore", gone)
    assert names(deleted_at=None) == []  # the list did not show it
    selection = {"ids": [gone.pk], "deleted": True, "count": 1}
    runner.start_job("bulk.restore", cast.ed, BulkParams(selection=selection), 1)
    assert names(deleted_at=None) == ["A"]


# ---------------------------------------------------------------- お問い合わせ
def test_an_inquiry_for_each(sakura: Tenant, cast: Cast, ed: Client) -> None:
    members = people(*"AB")
    data = {
        "subject": "解約の理由を聞く",
        "text": "電話する",
        "assignee": "aiko",
        "mark": "open",
        "due_on": "2026-12-01",
    }
    do(ed, "inquire", *members, **data)
    rows = Inquiry.objects.order_by("member__name")
    assert [
        (r.member.name, r.subject, r.text, r.assignee, r.due_on, r.made_by)
        for r in rows
    ] == [
        (name, "解約の理由を聞く", "電話する", cast.aiko, dt.date(2026, 12, 1), cast.ed)
        for name in "AB"
    ]
    assert "解約" not in str(Job.objects.get().params)


def test_a_viewer_does_nothing_in_bulk(sakura: Tenant, vic: Client) -> None:
    (member,) = people("A")
    assert do(vic, "delete", member).status_code == 403
    assert names(deleted_at=None) == ["A"]
