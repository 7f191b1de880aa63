"""Answering: what is kept, what it does to the member, and that nothing typed is ever lost."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from forms_builder.models import Form, Submission
from forms_builder.public import context, limits, tickets
from members.identity.comeback import find_comeback
from members.identity.delete import delete_members_softly
from members.merge.merge import merge_members
from members.models import Attribute, IdentityRecord, Member, MemberTag, TagBatch
from members.signals import identity_changed
from members.tags.assign import tag_members
from messaging.models import (
    Content,
    Delivery,
    Enrollment,
    LineAccount,
    Scenario,
    Step,
    Trigger,
)
from operators.models import AuditEntry
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast
from tests.forms_builder.conftest import (
    Phone,
    give,
    list_texts,
    make_account,
    make_form,
    make_tag,
)

GOOD = {
    "name": "山田　花子",
    "phone": "０９０−１２３４−１１１１",
    "email": "Hanako@Example.jp",
}


def test_an_answer_is_kept_and_shown_on_the_member(phone: Phone) -> None:
    response = phone.answer(phone.ticket(), **GOOD, **{phone.text_name(): "午前希望"})
    submission = Submission.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"{phone.base}thanks/{submission.public_id}/"
    assert list_texts(submission) == [
        ("name", "山田 花子", False),
        ("phone", "090−1234−1111", False),
        ("email", "Hanako@Example.jp", False),
        ("text", "午前希望", False),
    ]
    member = Member.objects.get()
    assert (member.name, member.phone_e164, member.email_key) == (
        "山田 花子",
        "+819012341111",
        "hanako@example.jp",
    )
    assert (submission.record.source, submission.record.received_at) == (
        "form",
        submission.received_at,
    )
    entry = AuditEntry.objects.get(action="form.answered")
    assert (entry.target, entry.data) == (
        f"forms_builder.submission:{submission.pk}",
        {"form": phone.form.public_id, "test": False},
    )


def test_what_is_archived_is_not_asked(phone: Phone) -> None:
    """Nor taken from somebody whose page was open already."""
    Attribute.objects.create(
        system="name",
        name="氏名",
        name_key="system:name",
        kind="text",
        archived_at=timezone.now(),
    )
    assert phone.answer(phone.ticket(), **GOOD).status_code == 302
    assert [
        kind for kind, text, _kept in list_texts(Submission.objects.get()) if text
    ] == ["phone", "email"]
    assert (Member.objects.get().name, Member.objects.get().email) == (
        "",
        "Hanako@Example.jp",
    )


def test_the_ticket_itself_is_not_stored(phone: Phone) -> None:
    ticket = phone.ticket()
    phone.answer(ticket, **GOOD)
    read = tickets.read_ticket(phone.form, ticket)
    assert read and Submission.objects.get().ticket == read.digest != ticket


def test_a_used_ticket_shows_the_same_thanks_and_changes_nothing(phone: Phone) -> None:
    ticket = phone.ticket()
    first = phone.answer(ticket, **GOOD)
    again = phone.answer(ticket, **{**GOOD, "phone": "090-9999-9999"})
    assert again["Location"] == first["Location"]
    assert (Submission.objects.count(), Member.objects.get().phone_e164) == (
        1,
        "+819012341111",
    )


def test_an_expired_ticket_keeps_what_was_typed(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = phone.ticket()
    monkeypatch.setattr(tickets, "LIFE_SECONDS", -1)
    response = phone.answer(ticket, **GOOD)
    body = response.content.decode()
    assert (response.status_code, Submission.objects.count()) == (410, 0)
    assert (
        "ページの有効期限が切れました" in body
        and f'data-renew="{phone.base}open/"' in body
    )
    assert 'value="山田　花子"' in body and 'value="Hanako@Example.jp"' in body


@pytest.mark.parametrize(
    "spoil",
    [lambda t: t[:-2] + "xx", lambda t: "x" + t, lambda t: "", lambda t: "あ" * 2000],
)
def test_a_tampered_ticket_keeps_what_was_typed(phone: Phone, spoil: object) -> None:
    response = phone.answer(spoil(phone.ticket()), **GOOD)  # type: ignore[operator]
    assert (
        response.status_code,
        Submission.objects.count(),
        Member.objects.get().phone,
    ) == (410, 0, "")
    assert 'value="山田　花子"' in response.content.decode()


def test_a_ticket_of_another_form_or_shop_is_no_ticket(
    momiji_form: Form, phone: Phone, account: LineAccount
) -> None:
    other = make_form(account, name="別のフォーム")
    member = Member.objects.create(line_user_id="U2")
    for form in (other, momiji_form):
        assert (
            phone.answer(tickets.issue_ticket(form, member), **GOOD).status_code == 410
        )
    assert Submission.objects.count() == 0


def test_somebody_elses_phone_never_touches_that_member(phone: Phone) -> None:
    owner = Member.objects.create(
        line_user_id="U1",
        name="本人",
        phone="090-1234-1111",
        phone_e164="+819012341111",
    )
    phone.answer(phone.ticket(), **GOOD)
    untouched = Member.objects.get(pk=owner.pk)
    assert (untouched.name, untouched.email, untouched.answered_at) == (
        "本人",
        "",
        None,
    )
    assert Submission.objects.get().member.line_user_id == phone.user_id


def test_a_blank_answer_erases_nothing(phone: Phone) -> None:
    phone.answer(phone.ticket(), **GOOD)
    phone.answer(phone.ticket(), name="", phone="090-1234-2222", email="")
    member = Member.objects.get()
    assert (member.name, member.phone_e164, member.email_key) == (
        "山田 花子",
        "+819012342222",
        "hanako@example.jp",
    )
    newest = Submission.objects.order_by("-pk").first()
    assert newest and [kept for _kind, _text, kept in list_texts(newest)] == [
        True,
        False,
        True,
        False,
    ]


def test_tags_go_on_and_off(phone: Phone) -> None:
    new, old = make_tag("回答済み"), make_tag("未回答者")
    give(phone.form, new)
    give(phone.form, old, removes=True)
    ticket = phone.ticket()
    tag_members(old, Member.objects.all(), TagBatch.Source.OPERATOR)
    phone.answer(ticket, **GOOD)
    assert list(MemberTag.objects.values_list("tag__name", flat=True)) == ["回答済み"]
    assert TagBatch.objects.filter(source="form").count() == 2


def test_answering_again_is_a_trigger_of_its_own(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "forms_builder.answers.apply.enrol_answering_members",
        lambda *args: calls.append(args),
    )
    mark = make_tag("回答済み")
    give(phone.form, mark)
    phone.answer(phone.ticket(), **GOOD)
    assert calls == []
    phone.answer(phone.ticket(), **GOOD)
    newest = Submission.objects.order_by("-pk").first()
    assert newest
    assert calls == [
        (phone.form.tenant, [mark.pk], [newest.member_id], f"submission:{newest.pk}")
    ]


def test_a_test_answer_is_kept_and_changes_nothing(phone: Phone) -> None:
    give(phone.form, make_tag("回答済み"))
    heard: list[object] = []
    hear = lambda **news: heard.append(news)  # noqa: E731
    identity_changed.connect(hear)
    response = phone.answer(phone.ticket(test=phone.form.test_key), **GOOD)
    identity_changed.disconnect(hear)
    submission = Submission.objects.get()
    assert (submission.is_test, submission.record, heard) == (True, None, [])
    assert (
        MemberTag.objects.count(),
        IdentityRecord.objects.count(),
        Member.objects.get().phone,
    ) == (0, 0, "")
    assert "テスト回答です" in phone.client.get(response["Location"]).content.decode()
    assert Form.objects.with_counts().get().answer_count == 0


def test_a_wrong_test_key_is_told(phone: Phone) -> None:
    response = phone.client.get(phone.base, {"test": "wrong"})
    assert (
        response.status_code == 404
        and "テスト用URLが正しくありません" in response.content.decode()
    )
    assert phone.open(test="wrong").status_code == 403


def test_what_is_missing_is_named_and_the_rest_stays(phone: Phone) -> None:
    response = phone.answer(
        phone.ticket(),
        name="",
        phone="12",
        email="hanako@",
        **{phone.text_name(): "<b>午前</b>"},
    )
    body = response.content.decode()
    assert (response.status_code, Submission.objects.count()) == (422, 0)
    assert "お名前が入力されていません。入力してください。" in body
    assert "電話番号として使えない番号です。" in body
    assert "メールアドレスの形式が正しくありません。" in body
    assert (
        'value="12"' in body
        and 'value="hanako@"' in body
        and 'value="&lt;b&gt;午前&lt;/b&gt;"' in body
    )
    assert body.count('aria-invalid="true"') == 3 and "data-errors" in body


UGLY = {
    "NUL": ("name", "山田\0花子"),
    "1 MB": ("name", "あ" * 350_000),
    "1 MB phone": ("phone", "0" * 1_000_000),
    "escape": ("email", "a\x1b[31m@example.jp"),
    "long email": ("email", "a" * 300 + "@example.jp"),
    "unfolding": ("name", "ﷺ" * 100),
}


@pytest.mark.parametrize("kind", UGLY)
def test_ugly_text_is_a_field_error(phone: Phone, kind: str) -> None:
    name, text = UGLY[kind]
    response = phone.answer(phone.ticket(), **{**GOOD, name: text})
    assert (response.status_code, Submission.objects.count()) == (422, 0)
    assert f'id="id_{name}_error"' in response.content.decode()


@pytest.mark.parametrize(
    "name", ["花子🌸", "שרה כהן", "花\u202e子", "𠮷野家\U000e0100", "髙﨑"]
)
def test_unusual_names_are_taken(phone: Phone, name: str) -> None:
    assert phone.answer(phone.ticket(), **{**GOOD, "name": name}).status_code == 302
    assert Member.objects.get().name == name.replace("\u202e", "")


def test_a_body_of_four_megabytes_gets_a_page(phone: Phone) -> None:
    response = phone.answer(phone.ticket(), name="あ" * 1_500_000)
    assert (
        response.status_code == 413
        and "短くしてから送信してください" in response.content.decode()
    )


def test_a_mistyped_domain_is_asked_about_once(phone: Phone) -> None:
    ticket = phone.ticket()
    typed = {**GOOD, "email": "hanako@gmial.com"}
    asked = phone.answer(ticket, **typed)
    body = asked.content.decode()
    assert (asked.status_code, Submission.objects.count()) == (422, 0)
    assert (
        "gmail.com ではありませんか？" in body
        and 'name="email_seen" value="hanako@gmial.com"' in body
    )
    assert "090-1234-1111 として受け付けます。" in body
    assert (
        phone.answer(ticket, **typed, email_seen="hanako@gmial.com").status_code == 302
    )
    assert Member.objects.get().email == "hanako@gmial.com"


def test_the_suggested_domain_is_taken_by_its_button(phone: Phone) -> None:
    phone.answer(phone.ticket(), **{**GOOD, "email": "hanako@gmial.com"}, email_fix="1")
    assert Member.objects.get().email == "hanako@gmail.com"


def test_the_box_for_robots(phone: Phone) -> None:
    response = phone.client.post(
        phone.base, {"ticket": phone.ticket(), "website": "http://spam.example", **GOOD}
    )
    body = response.content.decode()
    assert (response.status_code, Submission.objects.count()) == (422, 0)
    assert (
        "自動入力が余分な欄を埋めたため" in body
        and "spam.example" not in body
        and 'value="山田　花子"' in body
    )


def test_nobody_types_that_fast(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "FASTEST_SECONDS", 60)
    response = phone.answer(phone.ticket(), **GOOD)
    assert (response.status_code, Submission.objects.count()) == (422, 0)
    assert "もう一度送信してください" in response.content.decode()


def test_one_member_cannot_send_without_end(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        limits, "ANSWERING", limits.Limit(member=2, address=100, form=100)
    )
    codes = [phone.answer(phone.ticket(), **GOOD).status_code for _ in range(2)]
    over = phone.answer(phone.ticket(), **GOOD)
    assert (codes, over.status_code, Submission.objects.count()) == ([302, 302], 429, 2)
    assert 0 < int(over["Retry-After"]) <= limits.WINDOW
    assert (
        "分後に、もう一度送信してください。" in over.content.decode()
        and 'value="山田　花子"' in over.content.decode()
    )


@pytest.mark.parametrize("limit", [{"address": 1}, {"form": 1}])
def test_one_address_and_one_form_have_limits_too(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, limit: dict[str, int]
) -> None:
    monkeypatch.setattr(
        limits,
        "OPENING",
        limits.Limit(**{"member": 9, "address": 9, "form": 9, **limit}),
    )
    assert [phone.open().status_code for _ in range(2)] == [200, 429]


def test_without_valkey_the_form_still_opens_and_answers_are_bounded(
    phone: Phone, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(limits, "connect_valkey", away)
    monkeypatch.setattr(limits, "ANSWERING", limits.Limit(member=1, address=1, form=1))
    assert [phone.answer(phone.ticket(), **GOOD).status_code for _ in range(2)] == [
        302,
        429,
    ]


def test_no_personal_data_in_the_names_of_the_counters() -> None:
    assert (
        "198.51.100.7" not in limits.hash_name("198.51.100.7")
        and len(limits.hash_name("x")) == 24
    )


def test_a_cookie_is_neither_read_nor_set(phone: Phone) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(phone.base, {"ticket": phone.ticket(), **GOOD})
    assert (response.status_code, len(client.cookies)) == (302, 0)


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_of_one_ticket_at_once_are_one_answer() -> None:
    with transaction.atomic():
        cast = make_cast()
        with open_tenant_scope(cast.sakura):
            form = make_form(make_account())
            mark = make_tag("回答済み")
            give(form, mark)
            ticket = tickets.issue_ticket(
                form, Member.objects.create(line_user_id="U1")
            )
    gate, seen = threading.Barrier(20), []

    def post() -> None:
        gate.wait()
        response = Client().post(
            f"/p/sakura/f/{form.public_id}/", {"ticket": ticket, **GOOD}
        )
        seen.append((response.status_code, response.headers.get("Location")))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        submission = Submission.objects.get()
        assert set(seen) == {
            (302, f"/p/sakura/f/{form.public_id}/thanks/{submission.public_id}/")
        }
        assert (
            IdentityRecord.objects.count(),
            TagBatch.objects.count(),
            MemberTag.objects.count(),
        ) == (1, 1, 1)


def test_answering_again_books_the_step_message_again(
    phone: Phone, account: LineAccount
) -> None:
    mark = make_tag("回答済み")
    give(phone.form, mark)
    scenario = Scenario.objects.create(
        account=account, name="再入力", is_on=True, again_on_answer=True
    )
    Trigger.objects.create(scenario=scenario, tag=mark)
    content = Content.objects.create(
        text="番号をもう一度", form_id=phone.form.public_id
    )
    Step.objects.create(scenario=scenario, delay=timedelta(minutes=20), content=content)
    ticket = phone.ticket()
    for _ in range(2):
        phone.answer(ticket, **GOOD)
    assert Delivery.objects.count() == 1
    phone.answer(phone.ticket(), **GOOD)
    newest = Submission.objects.order_by("-pk").first()
    assert newest
    keys = set(Enrollment.objects.values_list("trigger_key", flat=True))
    assert keys == {
        f"tag:{TagBatch.objects.get(count=1).pk}",
        f"submission:{newest.pk}",
    }
    assert Delivery.objects.count() == 2


def test_opened_before_a_merge_and_sent_after_it_is_the_answer_of_who_stayed(
    phone: Phone, cast: Cast
) -> None:
    ticket = phone.ticket()
    goes, stays = Member.objects.get(), Member.objects.create(name="残る人")
    merge_members(stays, [goes], {}, cast.ed)
    phone.answer(ticket, name="花子", phone="090-1111-2222")
    assert Submission.objects.get().member == stays
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.phone_e164, goes.phone_e164) == ("+819011112222", "")


def test_a_deleted_member_who_answers_is_there_again(phone: Phone) -> None:
    phone.answer(phone.ticket(), **GOOD)
    member = Member.objects.get()
    delete_members_softly(Member.objects.all())
    phone.answer(phone.ticket(), **GOOD)
    member.refresh_from_db()
    assert member.deleted_at is None
    assert find_comeback(member) is not None
    assert member.identity_records.count() == 2
