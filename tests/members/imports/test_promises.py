"""Consent is never reset, the newest answer wins, a killed load goes on, files do not stay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone, translation

from jobs import runner
from jobs.models import Job
from jobs.runner import JobFailed
from members.exports.columns import list_export_columns
from members.identity.answers import record_answer
from members.identity.member_limit import refuse_limit_excess
from members.imports.load import jobs as kinds
from members.imports.load import load as loading
from members.imports.read import upload as keeping
from members.models import (
    IdentityRecord,
    ImportRow,
    Member,
    MemberChange,
    MemberImport,
    MemberTag,
)
from tenants.models import Tenant
from tests.members.imports.conftest import page, upload
from tests.plans import limit_members

Load = Callable[..., MemberImport]
FILE = "氏名,メール\r\n山田,a@example.jp\r\n佐藤,b@example.jp\r\n"
OPTOUTS = "メール,受信拒否（メール）\r\nno@example.jp,拒否\r\nyes@example.jp,受信\r\n"


@pytest.mark.parametrize(
    ("switches", "outcome"),
    [
        ({}, {"no": False, "yes": True}),
        ({"consent": "on"}, {"no": True, "yes": True}),
        ({"consent": "on", "release": "on"}, {"no": True, "yes": False}),
    ],
)
def test_consent_changes_only_by_its_switches(
    sakura: Tenant,
    ed: Client,
    loaded: Load,
    switches: dict[str, Any],
    outcome: dict[str, bool],
) -> None:
    """yes@ had refused before; a row that says 受信 lifts that only where the operator said so. Undo brings it back."""
    before = timezone.now() - timedelta(days=9)
    values = {"mail_optout_at": before, "mail_optout_by": "form"}
    Member.objects.create(email="yes@example.jp", email_key="yes@example.jp", **values)
    Member.objects.create(email="no@example.jp", email_key="no@example.jp")
    source = loaded(OPTOUTS, **switches)

    def refused() -> dict[str, bool]:
        found = Member.objects.values_list("email_key", "mail_optout_at")
        return {email.partition("@")[0]: at is not None for email, at in found}

    assert refused() == outcome
    ed.post(page(source, "undo/"))
    assert refused() == {"no": False, "yes": True}
    assert Member.objects.get(email_key="yes@example.jp").mail_optout_by == "form"


def test_an_answer_that_came_later_stays(
    sakura: Tenant, checked: Load, ed: Client
) -> None:
    """An import is an answer of its own time: who answers while it is loaded keeps the newer one."""
    member = Member.objects.create(
        name="旧", email="a@example.jp", email_key="a@example.jp"
    )
    source = checked("氏名,メール,電話番号\r\n輸入,a@example.jp,090-1111-2222\r\n")
    later = timezone.now() + timedelta(hours=1)
    record_answer(
        member, IdentityRecord.Source.FORM, received_at=later, phone="080-3333-4444"
    )
    ed.post(page(source, "load/"))
    member.refresh_from_db()
    assert (member.name, member.phone_e164, member.answered_at) == (
        "輸入",
        "+818033334444",
        later,
    )


def test_a_load_that_dies_goes_on(
    sakura: Tenant, checked: Load, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PART_SIZE", 4)
    people = "".join(f"会員{n},a{n}@example.jp,会員タグ\r\n" for n in range(10))
    source = checked("氏名,メール,タグ\r\n" + people)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    load, calls = loading.load_part, []

    def dies(*args: Any) -> None:
        load(*args)
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(loading, "load_part", dies)
    with pytest.raises(RuntimeError, match="killed"):
        while not runner.run_next_step(source.job_id):
            pass
    assert Member.objects.count() == 4
    while not runner.run_next_step(source.job_id):
        pass
    assert (
        Member.objects.count(),
        IdentityRecord.objects.count(),
        MemberTag.objects.count(),
    ) == (10, 10, 10)


def test_whom_somebody_touched_since_stays(
    sakura: Tenant, ed: Client, loaded: Load
) -> None:
    source = loaded("氏名,メール\r\n触られた,a@example.jp\r\nそのまま,b@example.jp\r\n")
    touched = Member.objects.get(email_key="a@example.jp")
    record_answer(
        touched,
        IdentityRecord.Source.OPERATOR,
        received_at=timezone.now(),
        phone="090-1111-2222",
    )
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    assert (source.counts["removed"], source.counts["kept"]) == (1, 1)
    assert "残した会員：触られた" in ed.get(page(source)).content.decode()
    assert list(
        Member.objects.filter(deleted_at=None).values_list("name", flat=True)
    ) == ["触られた"]


def test_after_a_day_it_can_not_be_taken_back_and_the_file_is_gone(
    sakura: Tenant, ed: Client, loaded: Load
) -> None:
    source = loaded("メール\r\na@example.jp\r\n")
    path = source.path
    assert default_storage.exists(path)
    source.loaded_at -= timedelta(hours=25)
    source.save()
    assert not kinds.is_import_undoable(source)
    assert keeping.clean_up_import(source.pk) is None
    source.refresh_from_db()
    assert (source.path, source.settings["sample"], ImportRow.objects.count()) == (
        "",
        [],
        0,
    )
    assert ed.get(page(source)).status_code == 200


def test_the_mapping_is_remembered_for_the_same_headings(
    sakura: Tenant, ed: Client, checked: Load
) -> None:
    first = checked("氏名,連絡先\r\n山田,a@example.jp\r\n", c1="email")
    second = checked("連絡先,氏名\r\nb@example.jp,佐藤\r\n")
    assert (
        first.settings["mapping"]
        == second.settings["mapping"]
        == {"氏名": "name", "連絡先": "email"}
    )


def test_only_what_was_checked_is_remembered(
    sakura: Tenant, ed: Client, checked: Load
) -> None:
    """A mapping that was sent and refused, or never sent, is no choice of the shop's."""
    upload(ed, "氏名,連絡先\r\n山田,a@example.jp\r\n")
    tried = MemberImport.objects.get()
    tried.settings["mapping"] = {"氏名": "ignore", "連絡先": "phone"}
    tried.save()
    upload(ed, "氏名,連絡先\r\n山田,a@example.jp\r\n")
    assert MemberImport.objects.order_by("-pk")[0].settings["mapping"] == {
        "氏名": "name",
        "連絡先": "ignore",
    }


@pytest.mark.parametrize("heading", ["エラー内容", "Errors"])
def test_the_corrected_file_of_wrong_rows_comes_back(
    sakura: Tenant, ed: Client, checked: Load, heading: str
) -> None:
    """Its last column is ours: no column of the file, no key, and the mapping is remembered."""
    first = checked(
        "氏名,連絡先,電話\r\n山田,a@example.jp,abc\r\n佐藤,b@example.jp,\r\n",
        c1="email",
    )
    assert first.counts["wrong"] == 1
    text = b"".join(ed.post(page(first, "wrong/")).streaming_content).decode(
        "utf-8-sig"
    )
    assert text.splitlines()[0] == "氏名,連絡先,電話,エラー内容"
    second = checked(
        text.replace("abc", "090-1111-2222").replace("エラー内容", heading)
    )
    assert (second.settings["header"], second.settings["header_key"]) == (
        ["氏名", "連絡先", "電話"],
        first.settings["header_key"],
    )
    assert second.settings["mapping"] == first.settings["mapping"]
    assert (second.counts["new"], second.counts["wrong"]) == (1, 0)


def test_columns_of_consent_are_only_read_where_they_are_taken_in(
    sakura: Tenant, checked: Load
) -> None:
    """「？」 is nothing that can be understood, and nobody asked to understand it."""
    rows = "メール,受信拒否（メール）\r\na@example.jp,？\r\n"
    assert checked(rows).counts["wrong"] == 0
    assert checked(rows, consent="on").counts["wrong"] == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_our_own_file_of_members_says_who_refuses(
    sakura: Tenant, loaded: Load, language: str, settings: Any
) -> None:
    """Its headings are known, and since when is read as 拒否."""
    with translation.override(language):
        names = ("email", "line_optout_at", "mail_optout_at")
        header = ",".join(str(list_export_columns()[name].label) for name in names)
    rows = "a@example.jp,2026/11/01 14:30,\r\nb@example.jp,,2026-11-02 09:05:00\r\n"
    source = loaded(f"{header}\r\n{rows}", consent="on")
    assert sorted(source.settings["mapping"].values()) == [
        "email",
        "line_optout",
        "mail_optout",
    ]
    found = Member.objects.order_by("email_key")
    assert [(bool(m.line_optout_at), bool(m.mail_optout_at)) for m in found] == [
        (True, False),
        (False, True),
    ]


def test_over_the_limit_of_the_plan_an_import_is_held(
    sakura: Tenant, checked: Load, ed: Client
) -> None:
    limit_members(sakura, 2)
    Member.objects.create(name="いる")
    source = checked("メール\r\na@example.jp\r\nb@example.jp\r\n")
    words = (
        "会員数の上限（2名）を超えるため、取り込みを保留しました。今の会員は1名、追加は2名です。"
        "プランを変更するか、行を減らしてください。"
    )
    assert words in ed.get(page(source)).content.decode()
    assert words in ed.post(page(source, "load/"), follow=True).content.decode()
    source.refresh_from_db()
    assert (source.state, Member.objects.count()) == ("checked", 1)
    with pytest.raises(JobFailed, match="会員数の上限"):
        refuse_limit_excess(2)
    limit_members(sakura, 3)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    assert (source.state, Member.objects.count()) == ("done", 3)


def test_an_import_under_way_says_that_the_limit_was_reached(
    sakura: Tenant, checked: Load, ed: Client
) -> None:
    """Friends take the places meanwhile: before its first row it waits, later it stops, and goes on with more room."""
    limit_members(sakura, 2)
    source = checked("メール\r\na@example.jp\r\nb@example.jp\r\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "AT_ONCE", 0)
        patch.setattr(loading, "PART_SIZE", 1)
        ed.post(page(source, "load/"))
        friend = Member.objects.create(line_user_id="U" + "2" * 32)
        runner.run_job(Job.objects.get(kind=kinds.LOAD).pk)
        source.refresh_from_db()
        assert (source.state, Member.objects.count()) == ("checked", 1)
        assert "取り込みを保留しました" in ed.get(page(source)).content.decode()
        friend.delete()
        ed.post(page(source, "load/"))
        job = Job.objects.filter(kind=kinds.LOAD).latest("pk")
        for _step in ("prepare", "the first row"):
            runner.run_next_step(job.pk)
        Member.objects.create(line_user_id="U" + "3" * 32)
        runner.run_job(job.pk)
        source.refresh_from_db()
        assert (source.state, Member.objects.count()) == ("done", 2)
        shown = ed.get(page(source)).content.decode()
        assert "今の会員は2名、追加は1名です" in shown
        assert "1行まで取り込んで止まりました" in shown
        limit_members(sakura, 3)
        runner.resume_job(job)
        runner.run_job(job.pk)
    source.refresh_from_db()
    assert (source.state, source.note, Member.objects.count()) == ("done", "", 3)


def test_another_shops_members_are_neither_found_nor_changed(
    sakura: Tenant, cast: Any, loaded: Load
) -> None:
    """Keys are looked up in the shop of the import only."""
    source = loaded("氏名,メール\r\n山田,a@example.jp\r\n")
    assert {row.member_id for row in ImportRow.objects.all()} == set(
        Member.objects.values_list("pk", flat=True)
    )
    assert source.counts["new"] == 1


# ---------------------------------------------------------------- twice, late, by another
def test_two_presses_start_one_load(sakura: Tenant, cast: Any, checked: Load) -> None:
    source = checked(FILE)
    pressed_twice = MemberImport.objects.get(pk=source.pk)
    assert kinds.start_import_load(source, cast.ed) is not None
    assert (
        kinds.start_import_load(pressed_twice, cast.ed),
        keeping.discard_import(pressed_twice),
    ) == (
        None,
        False,
    )
    source.refresh_from_db()
    assert (source.state, Job.objects.filter(kind=kinds.LOAD).count()) == ("done", 1)


def test_a_load_stopped_before_it_began_is_not_resumed_after_another(
    sakura: Tenant, cast: Any, checked: Load
) -> None:
    """It would load the rows a second time, and forget what was before the first."""
    source = checked(FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "AT_ONCE", 0)
        early = kinds.start_import_load(source, cast.ed)
    assert early
    runner.request_stop(early)
    runner.run_job(early.pk)
    source.refresh_from_db()
    kinds.start_import_load(source, cast.ed)
    source.refresh_from_db()
    before = (source.state, source.loaded_at, source.counts, Member.objects.count())
    runner.resume_job(early)
    runner.run_job(early.pk)
    early.refresh_from_db()
    source.refresh_from_db()
    assert early.state == "failed"
    assert (
        source.state,
        source.loaded_at,
        source.counts,
        Member.objects.count(),
    ) == before


def test_what_is_taken_back_is_the_doing_of_who_takes_it_back(
    sakura: Tenant, cast: Any, loaded: Load, aiko: Client
) -> None:
    source = loaded(FILE)
    aiko.post(page(source, "undo/"))
    assert Job.objects.get(kind=kinds.UNDO).operator == cast.aiko
    gone = MemberChange.objects.filter(after__has_key="deleted_at")
    assert {change.operator_id for change in gone} == {cast.aiko.pk}


def test_who_followed_during_the_load_is_not_written_over(
    sakura: Tenant, ed: Client, checked: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The friend came after the last comparison: their row is an error, the others come in, once."""
    friend, other = (f"U{letter * 32}" for letter in "ab")
    source = checked(
        f"LINEユーザーID,氏名,メールアドレス\r\n{friend},輸入,a@b.jp\r\n{other},花子,c@d.jp\r\n"
    )
    make = loading.create_members

    def followed(*given: Any) -> None:
        Member.objects.get_or_create(line_user_id=friend, defaults={"line_name": "友"})
        make(*given)

    monkeypatch.setattr(loading, "create_members", followed)
    ed.post(page(source, "load/"))
    source.refresh_from_db()
    assert (source.state, source.counts["new"], source.counts["wrong"]) == (
        "done",
        1,
        1,
    )
    assert sorted(Member.objects.values_list("line_user_id", "name", "line_name")) == [
        (friend, "", "友"),
        (other, "花子", ""),
    ]
    assert list(
        IdentityRecord.objects.values_list("member__line_user_id", "email")
    ) == [(other, "c@d.jp")]
