"""The personal link of our own mail: whose answer it is, for how long, and how often."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from forms_builder.answers.pending import attach_submission, list_candidates
from forms_builder.models import Form, Submission
from forms_builder.public.personal import links
from forms_builder.public.personal.links import build_personal_links, issue_link
from members.models import IdentityRecord, Member
from messaging.channels.mail.channel import MailChannel
from messaging.content.mail import compose_mail
from messaging.models import Content, Delivery
from tests.forms_builder.conftest import Phone, ticket_in
from tests.forms_builder.public.test_form_mail import make_mail_account
from tests.forms_builder.public.test_without_line import GOOD


@pytest.fixture
def member(form: Form) -> Member:
    return Member.objects.create(
        line_user_id="U" + "b" * 32,
        name="山田花子",
        email="old@example.jp",
        email_key="old@example.jp",
        phone="090-9999-9999",
        phone_e164="+819099999999",
    )


@pytest.fixture
def link(form: Form, member: Member) -> str:
    [url] = build_personal_links(form.public_id, [member.pk]).values()
    return "/p/" + url.partition("/p/")[2]


def test_the_answer_is_the_members_own(
    client: Client, phone: Phone, member: Member, link: str
) -> None:
    page = client.get(link)
    body = page.content.decode()
    assert page.status_code == 200 and "data-open=" not in body
    for stored in ("山田花子", "old@example.jp", "9999", "登録済み"):
        assert stored not in body
    done = phone.answer(ticket_in(page), **GOOD)
    assert done.status_code == 302
    submission = Submission.objects.get()
    assert (submission.member, submission.way) == (member, "link")
    assert submission.record and submission.record.source == "mail_link"
    member.refresh_from_db()
    assert (member.phone_e164, member.email) == ("+819012341111", "hanako@example.jp")
    thanks = client.get(done["Location"]).content.decode()
    assert "090-****-1111" in thanks and "9999" not in thanks


def test_it_is_good_for_one_answer(client: Client, phone: Phone, link: str) -> None:
    first, second = ticket_in(client.get(link)), ticket_in(client.get(link))
    done = phone.answer(first, **GOOD)
    other = phone.answer(second, **GOOD | {"phone": "08011112222"})
    assert other["Location"] == done["Location"]
    again = client.get(link)
    assert again.status_code == 409 and "回答済みです" in again.content.decode()
    assert IdentityRecord.objects.count() == 1 == Submission.objects.count()


def compare(client: Client, phone: Phone, link: str) -> Any:
    """As the page does where the browser is logged in to LINE."""
    return client.post(f"{link}login/", {"id_token": phone.token()})


def test_under_their_own_login_it_is_theirs(
    client: Client, phone: Phone, member: Member, link: str
) -> None:
    phone.user_id = member.line_user_id
    answer = compare(client, phone, link)
    assert (answer.status_code, answer.json()) == (200, {})
    bad = client.post(f"{link}login/", {"id_token": "forged"})
    assert (bad.status_code, bad.json()) == (200, {})


@pytest.mark.parametrize("is_known", [True, False])
def test_under_another_login_it_waits_for_an_operator(
    client: Client, phone: Phone, member: Member, link: str, is_known: bool
) -> None:
    if is_known:
        other = Member.objects.create(line_user_id=phone.user_id, name="別人")
    page = client.get(link).content.decode()
    assert "メールの宛先と違うLINEアカウント" in page and "data-login=" in page
    ticket = compare(client, phone, link).json()["ticket"]
    assert Member.objects.count() == 1 + is_known
    wrong = phone.answer(ticket, **GOOD | {"phone": "12"})
    again = wrong.content.decode()
    assert wrong.status_code == 422 and "data-other-login hidden" not in again
    done = phone.answer(ticket_in(wrong), **GOOD)
    thanks = client.get(done["Location"]).content.decode()
    assert "どなたの回答かを確認してから反映します" in thanks
    submission = Submission.objects.get()
    assert (submission.member, submission.way) == (None, "link")
    line = other.public_id if is_known else ""
    assert submission.hints == {"link": member.public_id, "line": line}
    assert IdentityRecord.objects.count() == 0
    hinted = {each.member.pk: each.by for each in list_candidates(submission)}
    assert hinted == {member.pk: ["link"]} | ({other.pk: ["line"]} if is_known else {})
    assert client.get(link).status_code == 409
    assert attach_submission(submission, member, None)  # type: ignore[arg-type]
    record = IdentityRecord.objects.get()
    assert (record.member, record.source) == (member, "mail_link")


def test_another_page_of_the_link_stays_with_the_other_login(
    client: Client, phone: Phone, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forms_builder.public import tickets

    ticket = compare(client, phone, link).json()["ticket"]
    with monkeypatch.context() as patch:
        patch.setattr(tickets, "LIFE_SECONDS", -1)
        back = phone.answer(ticket, **GOOD)
    assert back.status_code == 410
    assert phone.answer(ticket_in(back), **GOOD).status_code == 302
    assert Submission.objects.get().member is None


def test_an_expired_page_goes_on_for_the_same_link(
    client: Client, phone: Phone, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forms_builder.public import tickets

    ticket = ticket_in(client.get(link))
    with monkeypatch.context() as patch:
        patch.setattr(tickets, "LIFE_SECONDS", -1)
        back = phone.answer(ticket, **GOOD)
    body = back.content.decode()
    assert back.status_code == 410 and "data-renew=" not in body
    assert 'value="山田　花子"' in body and "old@example.jp" not in body
    assert phone.answer(ticket_in(back), **GOOD).status_code == 302
    assert client.get(link).status_code == 409


def test_links_that_are_not_good(
    momiji_form: Form,
    client: Client,
    form: Form,
    member: Member,
    link: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    foreign = issue_link(momiji_form, member.public_id)
    for token in (foreign, "forged", "x" * 400):
        bad = client.get(f"/p/sakura/f/{form.public_id}/me/{token}/")
        assert bad.status_code == 410 and 'name="ticket"' not in bad.content.decode()
    with monkeypatch.context() as patch:
        patch.setattr(links, "LINK_SECONDS", -1)
        assert client.get(link).status_code == 410
    Form.objects.filter(pk=form.pk).update(is_open=False)
    assert 'name="ticket"' not in client.get(link).content.decode()


def test_a_mail_carries_a_link_of_each_members_own(
    form: Form, member: Member, client: Client
) -> None:
    account = make_mail_account()
    content = Content.objects.create(
        kind="mail",
        form_id=form.public_id,
        mail={"subject": "再入力", "text": "{name} 様 {form}", "mobile": "携帯"},
    )
    channel = MailChannel(account.sender)
    other = Member.objects.create(name="別人")
    rows: list[Any] = [
        row(1, content.pk, member),
        row(2, content.pk, other),
        row(3, content.pk, None),
    ]
    requests = channel.prepare(rows)
    links = [str((each.values or {})["form"]) for each in requests]
    assert len(set(links)) == 3 and links[2] == ""
    text = compose_mail(content, dict(requests[0].values or {}), "a@example.jp").text
    found = re.search(r"http\S+", text)
    assert found and found[0] == links[0]
    mobile = compose_mail(content, dict(requests[1].values or {}), "a@docomo.ne.jp")
    assert mobile.text == f"携帯\n\n{links[1]}"
    path = "/p/" + links[0].partition("/p/")[2]
    assert client.get(path).status_code == 200


def row(number: int, content: int, member: Member | None) -> Any:
    from messaging.deliveries.ledger import DueDelivery

    return DueDelivery(
        number,
        "mail",
        Delivery.Source.STEP,
        False,
        member.pk if member else None,
        "" if member else "bare@example.jp",
        content,
        0,
        None,
        "",
        "",
        member.email if member else "",
        member.name if member else "",
        "",
        None,
        False,
        False,
        False,
        uuid.uuid4(),
    )
