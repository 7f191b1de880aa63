"""What each bulk action does, how it is taken back, and that it may be killed, stopped and resumed."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console import jobs
from console.models import Job
from members import bulking, tagging
from members.models import Attribute, AttributeValue, Inquiry, Member, MemberTag, PastTag, Tag, TagBatch
from tenants.models import AuditEntry, Operator, Tenant
from tenants.scope import acting
from tests.conftest import Cast

BULK = "/t/sakura/members/bulk/"


def people(*names: str, **values: Any) -> list[Member]:
    return [Member.objects.create(name=name, **values) for name in names]


def do(client: Client, action: str, *members: Member, query: str = "", **data: Any) -> Any:
    ids = [member.public_id for member in members]
    count = data.pop("expected", len(ids))
    return client.post(f"{BULK}{query}", {"action": action, "ids": ids, "confirm": "1", "expected": count, **data})


def names(**values: Any) -> list[str]:
    return sorted(Member.objects.filter(**values).values_list("name", flat=True))


def said(client: Client) -> list[str]:
    return [str(message) for message in client.get("/t/sakura/members/").context["messages"]]


def carriers(tag: Tag) -> list[str]:
    return sorted(MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True))


def tag_job(tag: Tag, operator: Operator, count: int) -> Job:
    """All members of the shop, for a worker to tag."""
    selection = {"condition": {"all": []}, "until": timezone.now().isoformat(), "count": count}
    params = {**selection, "tag": tag.pk, "about": tag.name, "now": False}
    return jobs.start("bulk.tag", operator, params, jobs.AT_ONCE + count)


# ---------------------------------------------------------------- tags
def test_a_job_tags_in_batches_and_counts(sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulking, "SIZE", 3)
    members = people(*"ABCDEFG")
    tag = tagging.tag_named("定期")
    tagging.tag(tag, Member.objects.filter(pk=members[0].pk), TagBatch.Source.OPERATOR)
    job = tag_job(tag, cast.ed, 7)
    people("あと")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == ("done", 7, 7, {"changed": 6})
    assert carriers(tag) == list("ABCDEFG")
    assert list(job.tag_batches.order_by("pk").values_list("count", flat=True)) == [2, 3, 1]
    assert jobs.KINDS["bulk.tag"].lines(job) == [
        "タグ「定期」を会員6件に付けました。", "1件にはすでに付いていました。",
    ]  # fmt: skip


def test_killed_between_parts_it_goes_on(sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulking, "SIZE", 3)
    people(*"ABCDEFG")
    tag = tagging.tag_named("定期")
    job = tag_job(tag, cast.ed, 7)
    assert not jobs.advance(job.pk) and carriers(tag) == list("ABC")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.result, carriers(tag)) == ({"changed": 7}, list("ABCDEFG"))


def test_undo_takes_off_what_it_put_on(sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulking, "SIZE", 2)
    before, lost, kept, *_rest = people(*"ABCDE")
    tag = tagging.tag_named("定期")
    tagging.tag(tag, Member.objects.filter(pk=before.pk), TagBatch.Source.OPERATOR)
    job = tag_job(tag, cast.ed, 5)
    jobs.run(job.pk)
    for verb in (tagging.untag, tagging.tag):  # lost and regained since
        verb(tag, Member.objects.filter(pk=lost.pk), TagBatch.Source.OPERATOR)
    with acting(cast.aiko):
        undo = jobs.take_back(Job.objects.get(pk=job.pk))
    assert undo and undo.operator == cast.aiko
    jobs.run(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, carriers(tag)) == ("done", ["A", "B"])
    assert jobs.KINDS["bulk.tag.undo"].lines(undo) == ["会員3件からタグを外しました。"]
    assert kept.name not in carriers(tag)


def test_a_tag_taken_off_in_bulk_is_put_back_as_it_was(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = people(*"ABCD")
    tag = tagging.tag_named("定期")
    before = tagging.tag(tag, Member.objects.filter(name__in="ABC"), TagBatch.Source.OPERATOR)
    monkeypatch.setattr(bulking, "SIZE", 2)
    do(ed, "untag", *members, tag=tag.public_id)
    assert carriers(tag) == []
    again = tagging.tag(tag, Member.objects.filter(name="C"), TagBatch.Source.OPERATOR)
    undo = jobs.take_back(Job.objects.get(kind="bulk.untag"))
    assert undo and jobs.KINDS[undo.kind].lines(undo) == ["会員2件にタグを付け直しました。"]
    links = MemberTag.objects.order_by("member__name").values_list("member__name", "batch")
    assert list(links) == [("A", before.pk), ("B", before.pk), ("C", again.pk)]
    assert [past.member.name for past in PastTag.objects.all()] == ["C"]


def test_a_stopped_job_is_taken_back_too(sakura: Tenant, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulking, "SIZE", 2)
    people(*"ABCDE")
    tag = tagging.tag_named("定期")
    job = tag_job(tag, cast.ed, 5)
    jobs.advance(job.pk)
    jobs.ask_stop(job)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, carriers(tag)) == ("stopped", ["A", "B"])
    jobs.take_back(job)
    assert carriers(tag) == []


def test_a_deleted_tag_fails_with_words(sakura: Tenant, cast: Cast) -> None:
    people("A")
    tag = tagging.tag_named("定期")
    job = tag_job(tag, cast.ed, 1)
    Tag.objects.all().delete()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "タグが削除された" in job.note


def test_the_page_says_who_is_passed_over(sakura: Tenant, ed: Client) -> None:
    members = people(*"ABC")
    tag = tagging.tag_named("定期")
    tagging.tag(tag, Member.objects.filter(name="A"), TagBatch.Source.OPERATOR)
    data = {"ids": [m.public_id for m in members], "tag": tag.public_id, "check": "1"}
    for action, line in (
        ("tag", "1件にはすでに付いているため、変わりません。"),
        ("untag", "2件には付いていないため、変わりません。"),
    ):
        answer = ed.post(BULK, {"action": action, **data}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.context["left_out"]) == (200, [line])
    assert carriers(tag) == ["A"]


def test_done_at_once_offers_the_undo(sakura: Tenant, ed: Client) -> None:
    members = people(*"AB")
    do(ed, "tag", *members, new_tag="定期")
    (toast,) = said(ed)
    assert toast.startswith("タグ「定期」を会員2件に付けました。") and "/undo/" in toast
    job = Job.objects.get()
    ed.post(f"/t/sakura/jobs/{job.public_id}/undo/")
    assert carriers(Tag.objects.get()) == []


def test_many_are_taken_on_and_left_to_a_worker(sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    do(ed, "tag", *people(*"AB"), new_tag="定期")
    (toast,) = said(ed)
    assert toast.startswith("「一括タグ付け：定期」を受け付けました。")
    assert (Job.objects.get().state, carriers(Tag.objects.get())) == ("waiting", [])


# ---------------------------------------------------------------- 一括更新
def test_an_attribute_is_set_and_emptied(sakura: Tenant, ed: Client) -> None:
    members = people(*"AB")
    rank = Attribute.objects.create(name="ランク", name_key="ランク", kind="text")
    do(ed, "set", *members, attribute=rank.public_id, value="ゴールド")
    assert list(AttributeValue.objects.values_list("text", flat=True)) == ["ゴールド", "ゴールド"]
    job = Job.objects.get()
    assert "ゴールド" not in str(job.params) and job.secret == ""
    assert said(ed)[0].startswith("「ランク」を会員2件で更新しました。")
    assert do(ed, "set", *members, attribute=rank.public_id, value="").status_code == 422
    do(ed, "set", members[0], attribute=rank.public_id, value="", empty="on")
    assert list(AttributeValue.objects.values_list("member__name", flat=True)) == ["B"]


@pytest.mark.parametrize("value", ["あ", "1e400"])
def test_a_value_of_another_kind_is_refused_before_the_job(sakura: Tenant, ed: Client, value: str) -> None:
    visits = Attribute.objects.create(name="来店回数", name_key="来店回数", kind="number")
    answer = do(ed, "set", *people("A"), attribute=visits.public_id, value=value)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["value"]
    assert not Job.objects.exists()


# ---------------------------------------------------------------- 受信拒否
def test_opting_out_and_back(sakura: Tenant, ed: Client) -> None:
    one, two = people(*"AB")
    earlier = timezone.now() - dt.timedelta(days=3)
    Member.objects.filter(pk=one.pk).update(line_optout_at=earlier, line_optout_by="form")
    do(ed, "opt_out", one, two, channel="both")
    assert names(line_optout_at=None) == names(mail_optout_at=None) == []
    jobs.take_back(Job.objects.get(kind="bulk.opt_out"))
    assert names(mail_optout_at=None) == ["A", "B"] and names(line_optout_at=None) == ["B"]
    assert Member.objects.get(pk=one.pk).line_optout_at == earlier
    do(ed, "opt_in", one, two, channel="line")
    assert names(line_optout_at=None) == ["A", "B"]


# ---------------------------------------------------------------- 一括削除, 復元
def test_deleting_and_taking_it_back(sakura: Tenant, ed: Client) -> None:
    one, two, _three = people(*"ABC")
    Member.objects.create(name="前から", deleted_at=timezone.now())
    do(ed, "delete", one, two)
    assert names(deleted_at=None) == ["C"]
    jobs.take_back(Job.objects.get(kind="bulk.delete"))
    assert names(deleted_at=None) == ["A", "B", "C"]
    assert [e.data.get("count") for e in AuditEntry.objects.filter(action__startswith="member.").order_by("id")] == [
        2,
        2,
    ]


def test_restoring_needs_the_deleted_ones_named(sakura: Tenant, cast: Cast, ed: Client) -> None:
    (gone,) = people("A", deleted_at=timezone.now())
    do(ed, "restore", gone)
    assert names(deleted_at=None) == []  # the list did not show it
    selection = {"ids": [gone.pk], "deleted": True, "count": 1}
    jobs.start("bulk.restore", cast.ed, selection, 1)
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
    assert [(r.member.name, r.subject, r.text, r.assignee, r.due_on, r.made_by) for r in rows] == [
        (name, "解約の理由を聞く", "電話する", cast.aiko, dt.date(2026, 12, 1), cast.ed) for name in "AB"
    ]
    assert "解約" not in str(Job.objects.get().params)


def test_a_viewer_does_nothing_in_bulk(sakura: Tenant, vic: Client) -> None:
    (member,) = people("A")
    assert do(vic, "delete", member).status_code == 403
    assert names(deleted_at=None) == ["A"]
