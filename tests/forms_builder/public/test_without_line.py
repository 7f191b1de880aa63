"""An answer from a browser without LINE waits for an operator; periods, one answer a person, who is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from forms_builder.answers.pending import list_candidates
from forms_builder.answers.record import AnsweredOnce, submit_answers
from forms_builder.models import Form, Submission
from forms_builder.public import tickets
from forms_builder.versions import get_current_version
from members.identity.answers import record_answer
from members.models import IdentityRecord, Member, MemberTag
from operators.models import AuditEntry, Notice
from tests.forms_builder.conftest import Phone, give, make_tag, ticket_in

GOOD = {"name": "山田　花子", "phone": "09012341111", "email": "hanako@example.jp"}
BASE = "/t/sakura/contents/liff/"


@pytest.fixture
def form(form: Form) -> Form:
    form.allows_browser = True
    form.save()
    return form


def answer_without_line(phone: Phone) -> Submission:
    ticket = ticket_in(phone.client.get(f"{phone.base}browser/"))  # type: ignore[arg-type]
    response = phone.answer(ticket, **GOOD)
    assert response.status_code == 302
    thanks = phone.client.get(response["Location"]).content.decode()
    assert "送信しました" in thanks and "090-****-1111" in thanks
    return Submission.objects.get()


def test_it_is_nobodys_and_changes_nobody(phone: Phone) -> None:
    owner = Member.objects.create(name="本人", phone_e164="+819012341111")
    give(phone.form, make_tag("回答済み"))
    submission = answer_without_line(phone)
    assert (submission.member, submission.record, submission.is_test) == (
        None,
        None,
        False,
    )
    assert (Member.objects.get().name, MemberTag.objects.count()) == ("本人", 0)
    assert IdentityRecord.objects.count() == 0
    assert [(c.member, list(c.by)) for c in list_candidates(submission)] == [
        (owner, ["phone"])
    ]


def test_without_the_switch_it_is_not_offered(phone: Phone) -> None:
    ticket = tickets.issue_ticket(phone.form, None)
    Form.objects.update(allows_browser=False)
    page = phone.client.get(f"{phone.base}browser/").content.decode()
    assert "LINEアプリで開いてください" in page and 'name="ticket"' not in page
    assert "LINEを使わずに回答する" not in phone.client.get(phone.base).content.decode()
    refused = phone.answer(ticket, **GOOD)
    assert refused.status_code == 403
    assert "受付を停止しています" in refused.content.decode()
    assert Submission.objects.count() == 0


def test_an_expired_page_goes_on_by_itself(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_in(phone.client.get(f"{phone.base}browser/"))  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        patch.setattr(tickets, "LIFE_SECONDS", -1)
        back = phone.answer(ticket, **GOOD)
    body = back.content.decode()
    assert back.status_code == 410 and 'value="山田　花子"' in body
    assert "data-renew=" not in body and "もう一度送信してください" in body
    assert phone.answer(ticket_in(back), **GOOD).status_code == 302


def test_an_operator_attaches_it_as_of_its_own_time(phone: Phone, ed: Client) -> None:
    """What the member answered later stays; the rest is filled in, and the tags go on."""
    give(phone.form, make_tag("回答済み"))
    submission = answer_without_line(phone)
    owner = Member.objects.create(line_user_id="U1")
    later = submission.received_at + timedelta(minutes=1)
    record_answer(owner, "form", received_at=later, phone="090-9999-9999")
    page = f"{BASE}answer/{submission.public_id}/"
    pending = ed.get(f"{BASE}{phone.form.public_id}/answers/?show=pending")
    assert f'href="{page}"' in pending.content.decode()
    assert "どの会員の回答ですか" in ed.get(page).content.decode()
    found = ed.post(page, {"find": "090-9999-9999"}).content.decode()
    assert f'name="member" value="{owner.public_id}"' in found
    assert ed.post(page, {"member": owner.public_id}).status_code == 302
    owner.refresh_from_db()
    assert (owner.name, owner.phone_e164, owner.email) == (
        "山田 花子",
        "+819099999999",
        "hanako@example.jp",
    )
    submission.refresh_from_db()
    assert submission.member == owner and submission.record
    assert submission.record.received_at == submission.received_at
    assert MemberTag.objects.get().member == owner
    assert AuditEntry.objects.filter(action="form.attached").count() == 1
    other = Member.objects.create(name="別人")
    ed.post(page, {"member": other.public_id})
    submission.refresh_from_db()
    assert submission.member == owner


def test_an_operator_puts_it_aside(phone: Phone, ed: Client) -> None:
    submission = answer_without_line(phone)
    page = f"{BASE}answer/{submission.public_id}/"
    ed.post(page, {"dismiss": "1"})
    assert Submission.objects.pending().count() == 0
    assert "対象外" in ed.get(page).content.decode()
    member = Member.objects.create()
    ed.post(page, {"member": member.public_id})
    assert Submission.objects.get().member is None


def test_who_may_only_look_decides_nothing(phone: Phone, vic: Client) -> None:
    submission = answer_without_line(phone)
    page = f"{BASE}answer/{submission.public_id}/"
    assert vic.get(page).status_code == 200
    assert vic.post(page, {"dismiss": "1"}).status_code == 403
    assert Submission.objects.pending().count() == 1


@pytest.mark.parametrize(
    ("opens", "closes", "taken"),
    [(-1, 1, True), (1, None, False), (None, -1, False), (None, None, True)],
)
def test_a_form_takes_answers_within_its_period(
    phone: Phone, opens: int | None, closes: int | None, taken: bool
) -> None:
    ticket, now = phone.ticket(), timezone.now()
    Form.objects.update(
        opens_at=now + timedelta(hours=opens) if opens else None,
        closes_at=now + timedelta(hours=closes) if closes else None,
    )
    closed = "受付を停止しています" in phone.client.get(phone.base).content.decode()
    assert closed != taken
    assert (phone.open().status_code == 200) == taken
    assert (phone.answer(ticket, **GOOD).status_code == 302) == taken
    test = phone.ticket(test=phone.form.test_key)
    assert phone.answer(test, **GOOD).status_code == 302


def test_one_answer_a_person(phone: Phone) -> None:
    Form.objects.update(once_per_person=True)
    tests = phone.ticket(test=phone.form.test_key)
    first, second = phone.ticket(), phone.ticket()
    assert phone.answer(tests, **GOOD).status_code == 302
    assert phone.answer(first, **GOOD).status_code == 302
    again = phone.answer(second, **GOOD)
    assert again.status_code == 409 and "回答済みです" in again.content.decode()
    opened = phone.open()
    assert opened.status_code == 409 and "回答済みです" in opened.content.decode()
    assert Submission.objects.filter(is_test=False).count() == 1


def test_operators_are_told_of_tests_too(phone: Phone) -> None:
    Form.objects.update(notice_ways=["line"])
    ticket = phone.ticket()
    for each in (ticket, ticket, phone.ticket(test=phone.form.test_key)):
        phone.answer(each, **GOOD)
    told = Notice.objects.filter(kind="form.answered").order_by("pk")
    assert [(each.ways, each.data) for each in told] == [
        (["bell", "line"], {"form": "本人確認フォーム", "test": False}),
        (["bell", "line"], {"form": "本人確認フォーム", "test": True}),
    ]
    Form.objects.update(notifies=False)
    phone.answer(phone.ticket(), **GOOD)
    assert Notice.objects.filter(kind="form.answered").count() == 2


def test_two_tickets_at_once_make_one_answer(phone: Phone) -> None:
    """Both pass the first look; the second one meets the answer of the first behind the lock."""
    Form.objects.update(once_per_person=True)
    phone.form.refresh_from_db()
    first, second = phone.ticket(), phone.ticket()
    assert phone.answer(first, **GOOD).status_code == 302
    member = Member.objects.get()
    late = tickets.read_ticket(phone.form, second)
    assert late
    with pytest.raises(AnsweredOnce):
        submit_answers(get_current_version(phone.form), member, late, [])
    again = tickets.read_ticket(phone.form, first)
    assert again
    same = submit_answers(get_current_version(phone.form), member, again, [])
    assert same == Submission.objects.get()
