"""A form of every kind is opened and answered: what is kept, where it goes, what does not apply."""

import datetime as dt
from typing import Any

import pytest

from forms_builder.models import Answer, Field, Form, Submission
from forms_builder.public import thanks
from forms_builder.questions.question import build_display_condition
from forms_builder.versions import get_current_version, store_version
from members.attributes.definitions import find_stored_attribute, make_attribute
from members.models import AttributeValue, IdentityRecord, Member
from messaging.models import LineAccount
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tests.forms_builder.conftest import Phone, list_texts, ticket_in

CHOICES = {"choices": [{"id": "a", "label": "朝"}, {"id": "b", "label": "夜"}]}


def add(form: Form, position: int, kind: str, label: str, **more: Any) -> Field:
    return Field.objects.create(
        form=form, position=position, kind=kind, label=label, **more
    )


@pytest.fixture
def survey(account: LineAccount) -> Form:
    """Every kind once, none of which has to be answered but the first choice."""
    form = Form.objects.create(account=account, name="調査", title="調査", kind="other")
    wish = make_attribute("ご希望", "choice", ["朝", "夜"], False, True)
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("name", "氏名", {"settings": {"split": True, "kana": True}}),
        ("phone", "電話", {}),
        ("email", "メール", {"settings": {"confirm": True}}),
        ("postal_code", "郵便番号", {}),
        ("address", "住所", {}),
        ("birthday", "誕生日", {}),
        ("text", "一言", {}),
        ("long_text", "ご意見", {}),
        ("number", "個数", {"settings": {"unit": "個"}}),
        ("date", "希望日", {}),
        (
            "single",
            "時間帯",
            {"settings": CHOICES, "attribute": wish, "is_required": True},
        ),
        ("multiple", "曜日", {"settings": CHOICES}),
        ("consent", "規約に同意", {}),
        ("hidden", "経路", {"settings": {"param": "src"}}),
    ]
    for position, (kind, label, more) in enumerate(rows, 1):
        add(form, position, kind, label, **{"is_required": False, **more})
    store_version(form)
    return form


@pytest.fixture
def phone(sandbox: Sandbox, survey: Form) -> Phone:
    return Phone(sandbox, survey)


def named(form: Form, **by_kind: str) -> dict[str, str]:
    """What is typed, by the names of the inputs; ``single`` stands for the input of that kind."""
    names = {field.kind: field.input_name for field in form.fields.in_order()}
    return {names.get(key, key): text for key, text in by_kind.items()}


def test_every_kind_is_kept_and_goes_where_it_belongs(phone: Phone) -> None:
    form = phone.form
    typed = named(
        form,
        name="山田",
        name_given="花子",
        name_kana="やまだ はなこ",
        phone="090-1234-1111",
        email="h@example.jp",
        email_again="h@example.jp",
        postal_code="1000005",
        address="東京都千代田区1-1",
        address_building="繋ビル",
        birthday="S60.11.22",
        text="一言",
        long_text="一\n二",
        number="3",
        date="2026-12-24",
        single="b",
        multiple="a",
        consent="on",
        hidden="spring",
    )
    assert phone.answer(phone.ticket(), **typed).status_code == 302
    submission = Submission.objects.get()
    assert [text for _kind, text, _kept in list_texts(submission)] == [
        "山田 花子",
        "090-1234-1111",
        "h@example.jp",
        "100-0005",
        "東京都千代田区1-1 繋ビル",
        "1985/11/22",
        "一言",
        "一\n二",
        "3個",
        "2026/12/24",
        "夜",
        "朝",
        "同意する",
        "spring",
    ]
    rows = {
        (a.question, a.part): a for a in Answer.objects.filter(submission=submission)
    }
    ids = {field.kind: field.public_id for field in form.fields.all()}
    assert rows[ids["number"], ""].number == 3
    assert rows[ids["date"], ""].date == dt.date(2026, 12, 24)
    assert rows[ids["single"], ""].key == "b"
    assert rows[ids["name"], "kana"].text == "ヤマダ ハナコ"
    member = Member.objects.get()
    assert (member.name, member.email, member.birthday) == (
        "山田 花子",
        "h@example.jp",
        dt.date(1985, 11, 22),
    )
    kept = AttributeValue.objects.order_by("attribute__position", "attribute_id")
    assert {(v.attribute.label, v.text) for v in kept.select_related("attribute")} == {
        ("フリガナ", "ヤマダ ハナコ"),
        ("郵便番号", "100-0005"),
        ("住所", "東京都千代田区1-1 繋ビル"),
        ("ご希望", "夜"),
    }


def test_an_answer_without_contact_makes_no_identity_record(phone: Phone) -> None:
    phone.answer(phone.ticket(), **named(phone.form, single="a"))
    assert (Submission.objects.get().record, IdentityRecord.objects.count()) == (
        None,
        0,
    )


def test_a_choice_that_the_item_no_longer_has_stays_in_the_answer(phone: Phone) -> None:
    item = phone.form.fields.get(kind="single").attribute
    assert item
    type(item).objects.filter(pk=item.pk).update(choices=["夜"])
    phone.answer(phone.ticket(), **named(phone.form, single="a"))
    assert (
        list_texts(Submission.objects.get())[10][1],
        AttributeValue.objects.count(),
        AuditEntry.objects.get(action="form.item_not_written").data,
    ) == ("朝", 0, {"item": item.public_id})


def test_a_blank_answer_erases_no_item(phone: Phone) -> None:
    for address in ("東京都千代田区1-1", ""):
        typed = named(phone.form, single="a", address=address)
        assert phone.answer(phone.ticket(), **typed).status_code == 302
    item = find_stored_attribute("address")
    assert AttributeValue.objects.get(attribute=item).text == "東京都千代田区1-1"


def wait_for_choice(form: Form, required: bool = True) -> Field:
    """「夜の連絡先」 is asked for only by who chose 夜."""
    asked = form.fields.get(kind="single")
    shown = build_display_condition(asked.public_id, "b")
    late = add(form, 20, "text", "夜の連絡先", is_required=required, shown_when=shown)
    store_version(form)
    return late


def test_a_question_that_does_not_apply_is_ignored(phone: Phone) -> None:
    late = wait_for_choice(phone.form)
    page = phone.open().content.decode()
    assert f'data-when="{phone.form.fields.get(kind="single").public_id}"' in page
    missing = phone.answer(phone.ticket(), **named(phone.form, single="b"))
    assert missing.status_code == 422 and "夜の連絡先が入力" in missing.content.decode()
    typed = named(phone.form, single="a") | {late.input_name: "送られても使わない"}
    assert phone.answer(phone.ticket(), **typed).status_code == 302
    assert not Answer.objects.filter(question=late.public_id).exists()
    typed = named(phone.form, single="b") | {late.input_name: "内線12"}
    assert phone.answer(phone.ticket(), **typed).status_code == 302
    assert Answer.objects.get(question=late.public_id).text == "内線12"


def test_a_ticket_is_answered_against_the_version_it_was_given(phone: Phone) -> None:
    ticket, before = phone.ticket(), get_current_version(phone.form)
    Field.objects.filter(form=phone.form, kind="single").update(
        settings={"choices": [{"id": "c", "label": "昼"}]}
    )
    store_version(phone.form)
    assert phone.answer(ticket, **named(phone.form, single="b")).status_code == 302
    assert Submission.objects.get().version == before
    late = phone.answer(phone.ticket(), **named(phone.form, single="b"))
    assert late.status_code == 422


def test_a_page_that_is_renewed_keeps_its_version(phone: Phone) -> None:
    phone.ticket()
    wait_for_choice(phone.form, required=False)
    data = {"id_token": phone.token(), "test": "", "version": "1"}
    ticket = ticket_in(phone.client.post(f"{phone.base}open/", data))  # type: ignore[arg-type]
    phone.answer(ticket, **named(phone.form, single="a"))
    assert Submission.objects.get().version.number == 1


@pytest.mark.parametrize(
    ("query", "value"),
    [("?src=spring&other=x", "spring"), ("?src=" + "x" * 201, ""), ("?other=1", "")],
)
def test_the_link_fills_what_the_form_names(
    phone: Phone, query: str, value: str
) -> None:
    data = {"id_token": phone.token(), "test": "", "query": query}
    page = phone.client.post(f"{phone.base}open/", data).content.decode()
    name = phone.form.fields.get(kind="hidden").input_name
    assert (f'name="{name}" value="{value}"' in page) == bool(value)
    assert "other" not in page


def test_the_thanks_show_choices_and_mask_the_rest(phone: Phone) -> None:
    typed = named(phone.form, single="b", address="東京都千代田区1-1", hidden="spring")
    phone.answer(phone.ticket(), **typed)
    shown = thanks.list_received_answers(Submission.objects.get())
    assert [(each.label, each.value) for each in shown] == [
        ("住所", "東***"),
        ("時間帯", "夜"),
    ]
