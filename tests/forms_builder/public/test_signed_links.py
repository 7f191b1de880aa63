"""Values that the shop signed into a link: who opens it cannot change them, and nobody else can make such a link."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from forms_builder.answers.read import Answered, list_answered
from forms_builder.models import Field, Form, Submission
from forms_builder.public.personal.signed_values import sign_values
from forms_builder.versions import store_version
from members.models import Member
from operators.models import AuditEntry
from tests.conftest import Cast, client_for
from tests.forms_builder.conftest import Phone, ticket_in
from tests.forms_builder.public.test_without_line import GOOD

TYPED = {key: GOOD[key] for key in ("name", "phone")}
VALUE = "2026春キャンペーン"


@pytest.fixture
def form(form: Form) -> Form:
    settings = {"param": "src"}
    Field.objects.create(
        form=form, position=9, kind="hidden", label="経路", settings=settings
    )
    form.allows_browser = True
    form.save()
    store_version(form)
    return form


def make_link(cast: Cast, form: Form, **typed: str) -> str:
    """As an operator does, on the form's page."""
    page = client_for(cast.ed).post(
        f"/t/sakura/contents/liff/{form.public_id}/link/",
        {form.fields.get(kind="hidden").input_name: VALUE, **typed},
    )
    found = re.search(r'id="signed-url"[^>]* value="([^"]+)"', page.content.decode())
    assert page.status_code == 200 and found, page.content.decode()
    return found[1]


def open_in_line(phone: Phone, query: str) -> str:
    data = {"id_token": phone.token(), "test": "", "query": query}
    return ticket_in(phone.client.post(f"{phone.base}open/", data))  # type: ignore[arg-type]


def answer(phone: Phone, ticket: str, value: str) -> Answered:
    name = phone.form.fields.get(kind="hidden").input_name
    assert phone.answer(ticket, **TYPED, **{name: value}).status_code == 302
    answered = list_answered(Submission.objects.latest("pk"))
    return next(each for each in answered if each.question.kind == "hidden")


def test_what_was_signed_stands_whatever_the_page_sends(
    cast: Cast, phone: Phone
) -> None:
    url = urlsplit(make_link(cast, phone.form))
    assert url.path.endswith(f"/3001-sakura/{phone.form.public_id}/")
    assert VALUE not in url.query
    said = answer(phone, open_in_line(phone, f"?{url.query}&src=other"), "other")
    assert (said.text, said.origin) == (VALUE, "リンクの値（確認済み）")
    entry = AuditEntry.objects.get(action="form.link_signed")
    assert (entry.operator, entry.data) == (cast.ed, {"names": ["src"], "member": ""})
    page = client_for(cast.ed).get(
        f"/t/sakura/contents/liff/answer/{Submission.objects.get().public_id}/"
    )
    assert "リンクの値（確認済み）" in page.content.decode()


def test_in_a_plain_browser_and_after_the_page_ran_out(
    cast: Cast, client: Client, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forms_builder.public import tickets

    query = urlsplit(make_link(cast, phone.form)).query
    page = client.get(f"{phone.base}browser/?{query}")
    with monkeypatch.context() as patch:
        patch.setattr(tickets, "LIFE_SECONDS", -1)
        late = phone.answer(ticket_in(page), **TYPED)  # type: ignore[arg-type]
    assert late.status_code == 410
    assert answer(phone, ticket_in(late), "").origin == "リンクの値（確認済み）"


@pytest.mark.parametrize(
    "query", ["?src=spring", "?src=spring&_v={}x", "?src=spring&_v="]
)
def test_what_anybody_could_write_is_unconfirmed(phone: Phone, query: str) -> None:
    forged = query.format(sign_values(phone.form, {"src": VALUE})[:-1])
    said = answer(phone, open_in_line(phone, forged), "spring")
    assert (said.text, said.origin) == ("spring", "リンクの値（未確認）")


def test_the_link_of_another_shop_says_nothing_here(
    momiji_form: Form, phone: Phone
) -> None:
    foreign = f"?_v={sign_values(momiji_form, {'src': VALUE})}"
    assert answer(phone, open_in_line(phone, foreign), "").text == ""


def test_a_personal_link_carries_them_for_one_member(
    cast: Cast, client: Client, phone: Phone
) -> None:
    member = Member.objects.create(name="本人", phone_e164="+819012345678")
    url = urlsplit(make_link(cast, phone.form, who="090-1234-5678"))
    assert f"/f/{phone.form.public_id}/me/" in url.path
    said = answer(phone, ticket_in(client.get(url.path)), "other")  # type: ignore[arg-type]
    assert (said.text, said.origin) == (VALUE, "リンクの値（確認済み）")
    submission = Submission.objects.get()
    assert (submission.member, submission.way) == (member, "link")
    entry = AuditEntry.objects.get(action="form.link_signed")
    assert entry.data == {"names": ["src"], "member": member.public_id}


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"src": "", "who": ""}, "値も会員も入力されていません"),
        ({"src": "x", "who": "nobody"}, "この会員は見つかりませんでした"),
        ({"src": "x", "who": "same@example.jp"}, "当てはまる会員が2名以上います"),
        ({"src": "x" * 201, "who": ""}, "200文字を超えています"),
    ],
)
def test_what_was_typed_wrongly_comes_back(
    cast: Cast, form: Form, typed: dict[str, str], why: str
) -> None:
    for name in ("一", "二"):
        Member.objects.create(name=name, email_key="same@example.jp")
    name = form.fields.get(kind="hidden").input_name
    page = client_for(cast.ed).post(
        f"/t/sakura/contents/liff/{form.public_id}/link/",
        {name: typed["src"], "who": typed["who"]},
    )
    body = page.content.decode()
    assert page.status_code == 422 and why in body
    assert f'value="{typed["who"]}"' in body or not typed["who"]
    assert not AuditEntry.objects.filter(action="form.link_signed").exists()
