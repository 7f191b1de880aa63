"""Opening a form: who is believed, who is not, and what a page shows before anybody is known."""

import pytest
from django.test import Client

from forms_builder.models import Form, Submission
from forms_builder.public import tickets
from members.models import Member
from outbound.errors import TryLater
from tenants.models import Tenant
from tests.forms_builder.conftest import Phone, ticket_in


def test_the_page_names_the_liff_app_and_asks_nothing_yet(phone: Phone) -> None:
    body = phone.client.get(phone.base).content.decode()
    assert 'data-liff="3001-sakura"' in body
    assert f'data-open="{phone.base}open/"' in body
    assert "LINEアプリで開いてください" in body
    assert f"{phone.sandbox.line_url}/liff/sdk.js" in body
    assert "<input" not in body


def test_the_short_address_without_its_slash_leads_to_the_form(phone: Phone) -> None:
    response = phone.client.get(phone.base.rstrip("/"))
    assert (response.status_code, response["Location"]) == (301, phone.base)


def test_only_these_pages_may_load_the_sdk(phone: Phone) -> None:
    origin = phone.sandbox.line_url
    policy = dict(
        part.strip().split(" ", 1)
        for part in phone.client.get(phone.base)["Content-Security-Policy"].split(";")
    )
    assert policy["script-src"] == f"'self' {origin}"
    assert policy["connect-src"] == f"'self' {origin}"
    assert origin not in Client().get("/login/")["Content-Security-Policy"]


def test_opening_makes_a_member_but_no_friend(phone: Phone) -> None:
    response = phone.open()
    member = Member.objects.get()
    assert (member.line_user_id, member.line_name, member.line_state) == (
        phone.user_id,
        "はなこ",
        "none",
    )
    ticket = tickets.read_ticket(phone.form, ticket_in(response))
    assert ticket and (ticket.member_id, ticket.is_test) == (member.public_id, False)
    assert "友だち追加のお願い" in response.content.decode()


def test_opening_is_a_visit_and_testing_is_none(phone: Phone) -> None:
    phone.open()
    phone.open()
    phone.open(test=phone.form.test_key)
    member = Member.objects.get()
    assert (member.visits, member.sessions, member.last_seen_at is not None) == (
        2,
        1,
        True,
    )


def test_opening_again_is_the_same_member_and_keeps_the_friendship(
    phone: Phone,
) -> None:
    Member.objects.create(
        line_user_id=phone.user_id, line_state="friend", line_name="まえの名"
    )
    response = phone.open()
    member = Member.objects.get()
    assert (member.line_name, member.line_state) == ("はなこ", "friend")
    assert "友だち追加のお願い" not in response.content.decode()


@pytest.mark.parametrize(
    "claims",
    [{"aud": "3002"}, {"lifetime": -10}, {"iss": "https://evil.example"}],
    ids=["another channel's token", "expired", "another issuer"],
)
def test_a_token_that_proves_nothing_opens_nothing(
    phone: Phone, claims: dict[str, object]
) -> None:
    response = phone.open(**claims)
    assert response.status_code == 401
    assert "ログインを確認できませんでした" in response.content.decode()
    assert Member.objects.count() == 0


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "あ" * 100, "x" * 20_000, "\0"])
def test_nonsense_for_a_token(phone: Phone, token: str) -> None:
    response = phone.client.post(f"{phone.base}open/", {"id_token": token})
    assert (response.status_code, Member.objects.count()) == (401, 0)


def test_line_away_is_told_and_lets_nobody_in(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise TryLater("ConnectTimeout")

    monkeypatch.setattr("forms_builder.public.open_form.verify_id_token", away)
    response = phone.open()
    assert (response.status_code, response["Retry-After"], Member.objects.count()) == (
        503,
        "30",
        0,
    )
    assert "LINEと通信できませんでした" in response.content.decode()


def test_a_closed_form_opens_for_nobody_but_testers(phone: Phone) -> None:
    Form.objects.update(is_open=False)
    assert "受付を停止しています" in phone.client.get(phone.base).content.decode()
    assert phone.open().status_code == 403
    assert phone.open(test=phone.form.test_key).status_code == 200


def test_the_endpoint_names_the_account_of_the_form_it_moves_on_to(
    phone: Phone,
) -> None:
    moving = phone.client.get(
        "/p/sakura/f/", {"liff.state": f"/{phone.form.public_id}/?test=x"}
    ).content.decode()
    assert 'data-liff="3001-sakura"' in moving and "フォームを開いています" in moving
    for state in ("", "/nothere/", "/\0/", "/あ/"):
        assert (
            "フォームが指定されていません"
            in phone.client.get("/p/sakura/f/", {"liff.state": state}).content.decode()
        )


def test_another_shops_form_is_not_here(momiji_form: Form, phone: Phone) -> None:
    for path in ("", "open/", "thanks/xyz/", "result/xyz/"):
        address = f"/p/sakura/f/{momiji_form.public_id}/{path}"
        assert phone.client.get(address).status_code == (
            405 if path == "open/" else 404
        )
    assert (
        phone.client.post(
            f"/p/sakura/f/{momiji_form.public_id}/open/", {"id_token": phone.token()}
        ).status_code
        == 404
    )
    assert (
        phone.client.post(
            f"/p/sakura/f/{momiji_form.public_id}/", {"ticket": phone.ticket()}
        ).status_code
        == 404
    )
    assert Submission.objects.count() == 0


def test_what_is_known_is_shown_masked_only(phone: Phone) -> None:
    Member.objects.create(
        line_user_id=phone.user_id,
        name="山田花子",
        phone="090-1234-1111",
        phone_e164="+819012341111",
        email="hideko@example.jp",
        email_key="hideko@example.jp",
    )
    body = phone.open().content.decode()
    assert "090-****-1111" in body and "hi***@example.jp" in body and "変更する" in body
    for secret in ("山田花子", "1234-1111", "09012341111", "hideko"):
        assert secret not in body


def test_a_wrong_address_sends_no_customer_to_the_console(sakura: Tenant) -> None:
    page = Client().get("/p/sakura/f/nosuchform00/")
    assert page.status_code == 404
    assert "トークに届いたリンクからもう一度開くか" in page.content.decode()
    assert "<a " not in page.content.decode()
