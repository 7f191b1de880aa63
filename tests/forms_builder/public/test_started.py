"""What an answer starts: step messages by the form itself, and tags by the cart's reply."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from forms_builder.models import Form, Submission
from forms_builder.triggers import FormAnswered, FormAnsweredAgain
from members.models import Member, MemberTag, Tag, TagBatch
from members.signals import records_decided
from members.tags.assign import tag_members
from messaging.models import Content, Enrollment, LineAccount, Scenario, Step, Trigger
from tests.forms_builder.conftest import Phone, give, make_submission, make_tag
from tests.forms_builder.public.test_without_line import GOOD, answer_without_line

BASE = "/t/sakura/contents/liff/"


def make_scenario(form: Form, kind: str, ref: str, **more: object) -> Scenario:
    scenario = Scenario.objects.create(
        account=form.account,
        name=f"{kind} {ref}",
        is_on=True,
        switched_at=timezone.now(),
    )
    content = Content.objects.create(text="ありがとうございます")
    Step.objects.create(scenario=scenario, delay=timedelta(days=1), content=content)
    Trigger.objects.create(scenario=scenario, kind=kind, ref=ref, **more)
    return scenario


def runs() -> list[tuple[str, str]]:
    rows = Enrollment.objects.order_by("scenario__name", "pk")
    return list(rows.values_list("scenario__name", "trigger_key"))


def test_each_answer_starts_and_a_second_one_again(phone: Phone) -> None:
    ref = phone.form.public_id
    first = make_scenario(phone.form, "form_answered", ref)
    again = make_scenario(phone.form, "form_answered_again", ref)
    make_scenario(phone.form, "form_answered", "another")
    phone.answer(phone.ticket(test=phone.form.test_key), **GOOD)
    assert runs() == []
    phone.answer(phone.ticket(), **GOOD)
    ticket = phone.ticket()
    phone.answer(ticket, **GOOD)
    phone.answer(ticket, **GOOD)
    keys = [
        f"submission:{pk}"
        for pk in Submission.objects.filter(is_test=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    ]
    assert len(keys) == 2
    assert runs() == [
        (first.name, keys[0]),
        (first.name, keys[1]),
        (again.name, keys[1]),
    ]


def test_an_answer_without_line_starts_once_it_has_a_member(
    phone: Phone, ed: Client
) -> None:
    Form.objects.update(allows_browser=True)
    scenario = make_scenario(phone.form, "form_answered", phone.form.public_id)
    submission = answer_without_line(phone)
    assert runs() == []
    owner = Member.objects.create(line_user_id="U1")
    ed.post(f"{BASE}answer/{submission.public_id}/", {"member": owner.public_id})
    assert runs() == [(scenario.name, f"submission:{submission.pk}")]
    assert Enrollment.objects.get().member == owner


def test_what_it_would_have_started_since(form: Form) -> None:
    member, other = Member.objects.create(), Member.objects.create()
    now = timezone.now()
    make_submission(form, member, received_at=now - timedelta(days=9))
    second = make_submission(form, member)
    first = make_submission(form, other)
    make_submission(form, other, is_test=True)
    make_submission(form, None)
    trigger = Trigger(kind="form_answered", ref=form.public_id)
    since = now - timedelta(days=1)
    missed = FormAnswered().find_missed(trigger, since)
    assert missed is not None
    assert sorted(missed) == [
        (member.pk, f"submission:{second.pk}"),
        (other.pk, f"submission:{first.pk}"),
    ]
    again = FormAnsweredAgain().find_missed(trigger, since)
    assert again is not None and list(again) == [(member.pk, f"submission:{second.pk}")]
    assert str(FormAnsweredAgain().label) == "フォームに再回答したとき"
    Form.objects.update(is_open=False)
    assert FormAnswered().name_subject(trigger) == "本人確認フォーム"


def test_the_page_names_what_answering_starts(
    aiko: Client, form: Form, account: LineAccount
) -> None:
    tag = make_tag("回答済み")
    give(form, tag)
    make_scenario(form, "form_answered", form.public_id)
    make_scenario(form, "tag_added", "", tag=tag)
    make_scenario(form, "form_answered", "another")
    body = aiko.get(f"{BASE}{form.public_id}/").content.decode()
    assert f"form_answered {form.public_id}</a>" in body and "回答したとき" in body
    assert "tag_added </a>" in body and "タグ「回答済み」が付いたとき" in body
    assert "form_answered another" not in body


def put_on(member: Member, tag: Tag) -> None:
    who = Member.objects.filter(pk=member.pk)
    tag_members(tag, who, TagBatch.Source.FORM)


@pytest.mark.parametrize(
    ("outcome", "tags"),
    [
        ("linked", {"連携成功"}),
        ("not_found", {"連携失敗", "前から"}),
        ("unavailable", {"連携失敗", "前から"}),
    ],
)
def test_tags_by_the_instant_check(phone: Phone, outcome: str, tags: set[str]) -> None:
    """Who was not found before and is linked now loses that tag; a silent cart changes nothing."""
    linked, lacking, other = map(make_tag, ("連携成功", "連携失敗", "前から"))
    Form.objects.update(linked_tag=linked, not_found_tag=lacking)
    phone.answer(phone.ticket(), **GOOD)
    submission = Submission.objects.get()
    member, record = submission.member, submission.record
    assert member and record
    if outcome != "not_found":
        put_on(member, lacking)
    if outcome != "linked":
        put_on(member, other)
    record.outcome = outcome
    record.save()
    for _twice in range(2):
        records_decided.send(type(record), tenant=member.tenant, record_ids=[record.pk])
    assert set(MemberTag.objects.values_list("tag__name", flat=True)) == tags
