"""Taking an import back: only what it did, whatever stopped it before."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from jobs import runner
from jobs.models import Job
from members.imports.load import jobs as kinds
from members.imports.load import load
from members.imports.read.settings import Settings
from members.imports.undo import undo
from members.models import (
    Attribute,
    AttributeValue,
    ImportRow,
    Member,
    MemberImport,
    MemberTag,
    Segment,
    SegmentChange,
    SegmentMember,
)
from operators.models import Operator
from tenants.models import Tenant
from tests.conftest import Cast
from tests.members.imports.conftest import page

Load = Callable[..., MemberImport]


def six_members(attribute: Attribute) -> list[Member]:
    members = [
        Member.objects.create(
            name=f"前{n}",
            name_key=f"前{n}",
            email=f"a{n}@example.jp",
            email_key=f"a{n}@example.jp",
            phone=f"090-1234-000{n}",
            phone_e164=f"+8190123400{n:02}",
            birthday=dt.date(1990, 1, n + 1),
            birth_md=101 + n,
        )
        for n in range(6)
    ]
    AttributeValue.objects.bulk_create(
        AttributeValue(attribute=attribute, member=member, text="元")
        for member in members
    )
    return members


def as_they_are(attribute: Attribute) -> list[tuple[Any, ...]]:
    values = dict(
        AttributeValue.objects.filter(attribute=attribute).values_list(
            "member_id", "text"
        )
    )
    rows = Member.objects.filter(deleted_at=None).order_by("pk")
    return [
        (
            m.name,
            m.email,
            m.email_key,
            m.phone,
            m.phone_e164,
            m.birthday,
            m.birth_md,
            m.answered_at,
            values.get(m.pk),
        )
        for m in rows
    ]


@pytest.mark.parametrize("key", ["id", "email"])
def test_a_load_stopped_half_way_is_taken_back(
    sakura: Tenant, ed: Client, checked: Load, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Those whom the load did not reach stay as they are, though their rows say that they would change."""
    attribute = Attribute.objects.create(name="好み", name_key="好み", kind="text")
    members = six_members(attribute)
    before = as_they_are(attribute)
    ids = [m.public_id if key == "id" else "" for m in members]
    people = [
        f"{ids[n]},後{n},a{n}@example.jp,1991/1/{n + 1},{'元' if n > 3 else '新'}"
        for n in range(6)
    ]
    source = checked(
        "会員ID,氏名,メール,生年月日,好み\r\n" + "\r\n".join(people), keys=[key]
    )
    assert source.counts["changed"] == 6
    monkeypatch.setattr(load, "PART_SIZE", 2)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    assert source.job
    runner.run_next_step(source.job.pk), runner.run_next_step(source.job.pk)
    assert [m.name for m in Member.objects.order_by("pk")] == [
        "後0",
        "後1",
        "前2",
        "前3",
        "前4",
        "前5",
    ]
    runner.request_stop(source.job)
    runner.run_job(source.job.pk)
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    assert source.job
    for _try in range(runner.MOST_FAILURES):
        runner.run_job(source.job.pk)
    source.refresh_from_db()
    assert (
        source.state,
        source.note,
        source.counts["restored"],
        as_they_are(attribute),
    ) == ("undone", "", 2, before)


def test_what_a_killed_load_did_and_did_not_count_is_taken_back(
    sakura: Tenant,
    cast: Cast,
    ed: Client,
    checked: Load,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two parts beside each other the second may be committed while the first, and the cursor, are not."""
    attribute = Attribute.objects.create(name="好み", name_key="好み", kind="text")
    six_members(attribute)
    before = as_they_are(attribute)
    changed = "".join(f"後{n},a{n}@example.jp\r\n" for n in range(6))
    source = checked(f"氏名,メール\r\n{changed}新,new@example.jp\r\n")
    monkeypatch.setattr(load, "PART_SIZE", 2)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    assert source.job
    runner.run_next_step(source.job.pk)
    source.refresh_from_db()
    settings = Settings.of(source)
    values = load.build_part_parameters(source.job, source, settings)
    load.load_part({**values, "after": 5, "upto": 8, "count": 3}, settings)
    shown = [m.name for m in Member.objects.order_by("pk")]
    assert shown == ["前0", "前1", "前2", "前3", "後4", "後5", "新"]
    runner.request_stop(source.job)
    runner.run_job(source.job.pk)
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    assert source.job
    runner.run_job(source.job.pk)
    source.refresh_from_db()
    assert (source.state, source.counts["restored"], source.counts["removed"]) == (
        "undone",
        2,
        1,
    )
    assert as_they_are(attribute) == before


def test_what_was_changed_since_stays(sakura: Tenant, ed: Client, loaded: Load) -> None:
    attribute = Attribute.objects.create(name="好み", name_key="好み", kind="text")
    members = six_members(attribute)[:3]
    source = loaded(
        "氏名,メール,好み\r\n"
        + "".join(f"後{n},a{n}@example.jp,新\r\n" for n in range(3))
    )
    AttributeValue.objects.filter(member=members[1]).update(text="あとから")
    AttributeValue.objects.filter(member=members[2]).delete()
    ed.post(page(source, "undo/"))
    values = AttributeValue.objects.filter(member__in=members).order_by("member")
    assert list(values.values_list("text", flat=True)) == ["元", "あとから"]


# ---------------------------------------------------------------- rows that the database lost
def lose_rows() -> None:
    ImportRow.objects.all()._raw_delete("default")


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


LOST_BEFORE = (
    "データベースが再起動したため、途中で止まりました（0行まで処理しました）。もう一度、確認からやり直してください。"
    "取り込んだ会員は「変更なし」になります。"
)
LOST = (
    "データベースが再起動して、取り込む前の値が失われたため、元に戻せません（0行まで戻しました）。"
    "残りは会員リストで直してください。"
)
FILE = "氏名,メール,タグ\r\n山田,a@example.jp,VIP\r\n佐藤,b@example.jp,VIP\r\n"


def test_without_its_rows_an_import_says_why_it_stays(
    sakura: Tenant, ed: Client, loaded: Load
) -> None:
    """Neither a dead button nor tags gone while the members stay."""
    source = loaded(FILE)
    lose_rows()
    answer = ed.get(page(source))
    assert (answer.context["undoable"], answer.context["why_not"]) == (False, LOST)
    assert LOST in answer.content.decode()
    assert said(ed.post(page(source, "undo/"))) == [LOST]
    source.refresh_from_db()
    assert (source.state, MemberTag.objects.count(), Member.objects.count()) == (
        "done",
        2,
        2,
    )


def test_rows_lost_while_it_is_taken_back(
    sakura: Tenant, ed: Client, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost before the first step: nothing is half done, the counts of the load stay, and the page says why."""
    source = loaded(FILE)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "undo/"))
    lose_rows()
    source.refresh_from_db()
    assert source.job
    runner.run_job(source.job.pk)
    source.refresh_from_db()
    assert (source.state, source.note, MemberTag.objects.count()) == ("done", LOST, 2)
    assert (source.counts["new"], source.counts["removed"]) == (2, 0)
    assert not ed.get(page(source)).context["undoable"]


def test_a_failed_undo_can_be_pressed_again(
    sakura: Tenant, ed: Client, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = loaded(FILE)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    job = source.job
    assert job
    with monkeypatch.context() as broken:
        broken.setattr(undo, "_undo_next_part", lambda *args: 1 / 0)
        for _try in range(runner.MOST_FAILURES + 2):
            try:
                runner.run_job(job.pk)
            except ZeroDivisionError:
                continue
    source.refresh_from_db()
    shown = ed.get(page(source)).context
    assert (source.state, shown["undoable"], shown["resumable"]) == (
        "done",
        True,
        False,
    )
    ed.post(page(source, "undo/"))
    runner.run_job(job.pk)
    source.refresh_from_db()
    assert (
        source.state,
        source.counts["removed"],
        Job.objects.filter(kind=kinds.UNDO).count(),
    ) == ("undone", 2, 1)


def test_rows_lost_before_the_load(sakura: Tenant, ed: Client, checked: Load) -> None:
    """Not a load of nothing that calls itself done."""
    source = checked(FILE)
    lose_rows()
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    assert (source.state, source.loaded_at, source.counts["new"], source.note) == (
        "failed",
        None,
        2,
        LOST_BEFORE,
    )


def test_rows_lost_before_the_tags(
    sakura: Tenant, ed: Client, checked: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load ends as failed, not as done without its tags; what was counted stays."""
    source = checked(FILE)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    job = source.job
    assert job
    while job.result.get("phase") != "tags":
        runner.run_next_step(job.pk)
        job.refresh_from_db()
    lose_rows()
    runner.run_job(job.pk)
    source.refresh_from_db()
    job.refresh_from_db()
    assert (
        job.state,
        source.state,
        source.counts["new"],
        MemberTag.objects.count(),
    ) == ("failed", "done", 2, 0)
    assert ed.get(page(source)).context["resumable"] is False


def test_whom_a_watched_condition_has_noted_is_not_touched_by_it(
    sakura: Tenant, ed: Client, loaded: Load
) -> None:
    source = loaded("氏名,メール\r\n花子,a@example.jp\r\n")
    hanako = Member.objects.get()
    segment = Segment.objects.create(
        name="全員", condition={"all": []}, owner=Operator.objects.first()
    )
    SegmentMember.objects.create(
        segment=segment, member=hanako, since=timezone.localdate()
    )
    SegmentChange.objects.create(
        segment=segment, member=hanako, day=timezone.localdate(), joined=True
    )
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    assert (source.counts["removed"], source.counts["kept"]) == (1, 0)
