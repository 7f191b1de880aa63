"""The mail of a form: to whom it goes, what it says, and that nobody can make the shop write to strangers."""

import pytest
from django.test import Client

from forms_builder.mail import book
from forms_builder.mail.fields import (
    fill_mail_fields,
    list_unknown_fields,
    rename_fields,
)
from forms_builder.models import Form, FormMail, HelpDeskInbox, Submission
from members.models import Member
from messaging.channels.mail.message import build_message
from messaging.content.mail import compose_mail
from messaging.models import Delivery, MailAccount
from operators.models import AuditEntry
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.forms_builder.conftest import Phone
from tests.forms_builder.public.test_without_line import GOOD, answer_without_line
from tests.forms_builder.screens.test_screens import typed

BASE = "/t/sakura/contents/liff/"
TEXT = "{お名前} 様\n{回答内容}\n{ご要望}／{無い項目}／{line_name}"


def make_mail_account() -> MailAccount:
    return MailAccount.objects.create(
        name="窓口",
        host="smtp.example.jp",
        port=587,
        from_name="さくら商店",
        from_email="shop@example.jp",
    )


@pytest.fixture
def mail(form: Form) -> FormMail:
    make_mail_account()
    HelpDeskInbox.objects.create(address="desk@example.jp")
    return FormMail.objects.create(
        form=form,
        is_on=True,
        subject="【さくら】{フォーム名}\n受付",
        text=TEXT,
        mobile="携帯 {お名前}",
        copies=True,
    )


def booked() -> list[tuple[str, int, str]]:
    rows = Delivery.objects.order_by("pk")
    return list(rows.values_list("address", "source", "key"))


def test_one_mail_and_one_copy_for_each_answer(phone: Phone, mail: FormMail) -> None:
    ticket, name = phone.ticket(), phone.text_name()
    for _twice in range(2):
        phone.answer(ticket, **GOOD, **{name: "{お名前}<b>"})
    submission = Submission.objects.get()
    key = f"form:{submission.public_id}"
    assert booked() == [
        ("hanako@example.jp", 2, key),
        ("desk@example.jp", 2, f"{key}:copy"),
    ]
    assert submission.mail_state == "booked"
    content = Delivery.objects.first().content  # type: ignore[union-attr]
    parts = compose_mail(content, {"line_name": "x"}, "hanako@example.jp")
    assert parts.subject == "【さくら】ご本人確認 受付"
    lines = parts.text.split("\n")
    assert lines[0] == "山田 花子 様"
    assert lines[1:5] == [
        "お名前：山田 花子",
        "電話番号：09012341111",
        "メールアドレス：hanako@example.jp",
        "ご要望：｛お名前｝<b>",
    ]
    assert lines[5] == "｛お名前｝<b>／／"
    wire = build_message(
        parts, ("さくら商店", "shop@example.jp"), "desk@example.jp", content.pk
    ).decode()
    assert "To: hanako@example.jp\r\n" in wire
    assert "Reply-To: hanako@example.jp\r\n" in wire
    assert "From: " in wire and "<shop@example.jp>" in wire
    assert "desk@example.jp" not in wire
    carrier = compose_mail(content, {}, "hanako@docomo.ne.jp")
    assert carrier.text == "携帯 山田 花子"


def test_nothing_without_a_ticket_or_an_address(phone: Phone, mail: FormMail) -> None:
    assert phone.answer("forged", **GOOD).status_code == 410
    assert phone.answer(phone.ticket(), **GOOD | {"phone": "1"}).status_code == 422
    assert booked() == []
    phone.answer(phone.ticket(), **GOOD | {"email": ""})
    submission = Submission.objects.get()
    assert submission.mail_state == "no_address"
    assert [address for address, _source, _key in booked()] == ["desk@example.jp"]


def test_an_address_is_written_to_three_times(phone: Phone, mail: FormMail) -> None:
    FormMail.objects.update(copies=False)
    for _each in range(5):
        phone.answer(phone.ticket(), **GOOD)
    phone.answer(phone.ticket(), **GOOD | {"email": "other@example.jp"})
    assert [address for address, _source, _key in booked()] == [
        *["hanako@example.jp"] * 3,
        "other@example.jp",
    ]
    states = Submission.objects.order_by("pk").values_list("mail_state", flat=True)
    assert list(states) == [*["booked"] * 3, *["too_many"] * 2, "booked"]


def test_without_its_counter_no_stranger_makes_it_write(
    phone: Phone, mail: FormMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "get_mail_wait", lambda form, address: None)
    Form.objects.update(allows_browser=True)
    assert answer_without_line(phone).mail_state == "too_many"
    phone.answer(phone.ticket(), **GOOD)
    assert Submission.objects.exclude(member=None).get().mail_state == "booked"


def test_a_test_is_marked_and_makes_no_copy(
    phone: Phone, mail: FormMail, aiko: Client
) -> None:
    phone.answer(phone.ticket(test=phone.form.test_key), **GOOD)
    [(address, source, _key)] = booked()
    assert (address, source) == ("hanako@example.jp", Delivery.Source.TEST)
    content = Delivery.objects.get().content
    assert content.mail["subject"] == "【テスト】【さくら】ご本人確認 受付"
    page = aiko.get(f"{BASE}answer/{Submission.objects.get().public_id}/")
    assert (
        "自動返信メール" in page.content.decode() and "予約中" in page.content.decode()
    )


def test_a_known_address_is_written_to_unseen(phone: Phone, mail: FormMail) -> None:
    """What the customer left as it was is the member's own address, which no page shows."""
    Member.objects.create(
        line_user_id=phone.user_id, email="kept@example.jp", email_key="kept@example.jp"
    )
    phone.answer(phone.ticket(), **GOOD | {"email": ""})
    assert booked()[0][0] == "kept@example.jp"
    content = Delivery.objects.first().content  # type: ignore[union-attr]
    assert "メールアドレス：ご登録の内容から変更なし" in content.mail["text"]


def test_without_a_mail_account_it_says_so(phone: Phone, mail: FormMail) -> None:
    MailAccount.objects.update(is_active=False)
    phone.answer(phone.ticket(), **GOOD)
    assert Submission.objects.get().mail_state == "no_account" and booked() == []


def test_its_page_checks_and_stores(aiko: Client, form: Form) -> None:
    page, given = (
        f"{BASE}{form.public_id}/mail/",
        {
            "is_on": "on",
            "subject": "受付 {お名前}",
            "text": "{回答内容}",
            "copies": "on",
        },
    )
    shown = aiko.get(page).content.decode()
    assert "メールアカウントが登録されていません" in shown
    assert "<code>{お名前}</code>" in shown and "<code>{受付日時}</code>" in shown
    wrong = aiko.post(page, given | {"text": "{住所} 様"})
    assert wrong.status_code == 422
    assert "差し込み項目{住所}は、このフォームにありません" in wrong.content.decode()
    assert "受信アドレスが入力されていません" in wrong.content.decode()
    assert FormMail.objects.count() == 0
    assert aiko.post(page, given | {"inbox": "desk@example.jp"}).status_code == 302
    stored = FormMail.objects.get()
    assert (stored.subject, stored.text, stored.is_on, stored.copies) == (
        "受付 {お名前}",
        "{回答内容}",
        True,
        True,
    )
    assert HelpDeskInbox.objects.get().address == "desk@example.jp"
    form.fields.filter(kind="email").delete()
    lacking = aiko.post(page, given | {"inbox": "desk@example.jp"})
    assert "メールアドレスの項目がないため" in lacking.content.decode()


def test_the_inbox_is_changed_by_who_may_change_settings(
    cast: Cast, aiko: Client, ed: Client, form: Form
) -> None:
    page = f"{BASE}{form.public_id}/mail/"
    given = {"is_on": "on", "subject": "受付", "text": "{回答内容}", "copies": "on"}
    refused = ed.post(page, given | {"inbox": "evil@example.jp"})
    assert refused.status_code == 422
    assert "権限がある方に、登録を依頼してください" in refused.content.decode()
    aiko.post(page, given | {"inbox": "desk@example.jp"})
    line = AuditEntry.objects.get(action="helpdesk.changed")
    assert (line.operator, line.data) == (cast.aiko, {"fields": ["inbox_address"]})
    changed = given | {"subject": "受領", "inbox": "evil@example.jp"}
    assert ed.post(page, changed).status_code == 302
    stored = FormMail.objects.get().subject, HelpDeskInbox.objects.get().address
    assert stored == ("受領", "desk@example.jp")


def test_another_label_of_a_question_goes_into_the_mail(
    ed: Client, form: Form, mail: FormMail
) -> None:
    name = form.fields.get(kind="phone")
    FormMail.objects.update(text="{電話番号} {受付日時}")
    data = typed(form.account, **{"q0-key": name.public_id, "q0-label": "携帯番号"})
    assert ed.post(f"{BASE}{form.public_id}/edit/", data).status_code == 302
    assert FormMail.objects.get().text == "{携帯番号} {受付日時}"


def test_a_copied_form_has_a_mail_of_its_own(
    aiko: Client, form: Form, mail: FormMail
) -> None:
    aiko.post(f"{BASE}{form.public_id}/copy/")
    made = Form.objects.exclude(pk=form.pk).get()
    FormMail.objects.filter(form=made).update(subject="別")
    assert FormMail.objects.get(form=form).subject == mail.subject
    assert FormMail.objects.count() == 2


def test_fields() -> None:
    assert list_unknown_fields("{a}{b}{a}{ }", ["b"]) == ["a", " "]
    assert fill_mail_fields("{a}{b}{", {"a": "{b}"}) == "{b}{"
    assert rename_fields("{a}{b}", {"a": "b", "b": "a"}) == "{b}{a}"


def test_another_shop_has_its_own_inbox(
    momiji_form: Form, cast: Cast, aiko: Client, oscar: Client
) -> None:
    with open_tenant_scope(cast.sakura):
        HelpDeskInbox.objects.create(address="desk@example.jp")
    page = f"contents/liff/{momiji_form.public_id}/mail/"
    shown = oscar.get(f"/t/momiji/{page}")
    assert shown.status_code == 200
    assert "desk@example.jp" not in shown.content.decode()
    assert aiko.get(f"/t/sakura/{page}").status_code == 404
