"""From the help desk into a list: the address leaves the URL at once, also through a login."""

import logging

import pytest
from django.test import Client

from helpdesk.models import HelpDesk
from members.models import Member, SearchText
from operators.models import Operator
from tenants.models import Tenant
from tests.conftest import PASSWORD, Cast

MEMBERS, ORDERS = "/p/sakura/lookup/members/", "/p/sakura/lookup/orders/"
EMAIL = "hanako@example.jp"


@pytest.fixture
def desk(sakura: Tenant) -> HelpDesk:
    return HelpDesk.objects.create(is_active=True)


@pytest.mark.parametrize(
    ("path", "there"),
    [(MEMBERS, "/t/sakura/members/"), (ORDERS, "/t/sakura/carts/orders/")],
)
def test_the_address_is_kept_here(
    desk: HelpDesk, aiko: Client, path: str, there: str
) -> None:
    answer = aiko.get(path, {"email": EMAIL})
    kept = SearchText.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"{there}?s={kept.public_id}",
    )
    assert kept.text == EMAIL
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"


def test_the_list_shows_who_has_it(desk: HelpDesk, aiko: Client) -> None:
    for email in (EMAIL, EMAIL, "taro@example.jp"):
        Member.objects.create(email=email, email_key=email)
    there = aiko.get(MEMBERS, {"email": EMAIL})["Location"]
    shown = aiko.get(there).context["page"].rows
    assert [member.email for member in shown] == [EMAIL, EMAIL]


def test_nobody_found_is_said(desk: HelpDesk, aiko: Client) -> None:
    Member.objects.create(email=EMAIL, email_key=EMAIL)
    there = aiko.get(MEMBERS, {"email": "nobody@example.jp"})["Location"]
    answer = aiko.get(there)
    assert answer.context["page"].rows == []
    assert "条件に一致する会員はいません。" in answer.content.decode()


def test_a_login_carries_no_address(
    desk: HelpDesk, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Client()
    with caplog.at_level(logging.DEBUG):
        there = visitor.get(MEMBERS, {"email": EMAIL})["Location"]
        login = visitor.get(there)["Location"]
        assert login.startswith("/login/?next=/t/sakura/members/%3Fs%3D")
        operator = Operator.objects.get(pk=cast.aiko.pk)
        answer = visitor.post(login, {"login": operator.login_id, "password": PASSWORD})
    assert answer["Location"] == there
    assert EMAIL not in caplog.text
    # Who was not logged in is no proof that an operator came from there.
    desk.refresh_from_db()
    assert (desk.members_seen_at, desk.orders_seen_at) == (None, None)


def test_an_operator_who_comes_by_is_the_check(
    desk: HelpDesk, aiko: Client, oscar: Client
) -> None:
    oscar.get(MEMBERS, {"email": EMAIL})
    desk.refresh_from_db()
    assert not desk.members_seen_at
    aiko.get(MEMBERS, {"email": EMAIL})
    desk.refresh_from_db()
    assert desk.members_seen_at
    assert not desk.is_checked
    aiko.get(ORDERS, {"email": EMAIL})
    desk.refresh_from_db()
    assert desk.is_checked


def test_another_shops_operator_sees_nothing(desk: HelpDesk, oscar: Client) -> None:
    there = oscar.get(MEMBERS, {"email": EMAIL})["Location"]
    assert oscar.get(there).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        "",
        "#12",
        "hanako",
        "a" * 10_000 + "@example.jp",
        "a@example.jp\r\nBcc: b@example.jp",
        "http://a",
    ],
)
def test_a_bad_value_is_answered_in_words(
    desk: HelpDesk, aiko: Client, value: str
) -> None:
    answer = aiko.get(MEMBERS, {"email": value})
    assert answer.status_code == 422
    assert "検索できませんでした" in answer.content.decode()
    assert SearchText.objects.count() == 0


def test_of_several_addresses_the_first_counts(desk: HelpDesk, aiko: Client) -> None:
    aiko.get(MEMBERS, {"email": f"{EMAIL}, other@example.jp"})
    assert SearchText.objects.get().text == EMAIL


def test_the_key_is_the_shops(desk: HelpDesk, aiko: Client) -> None:
    HelpDesk.objects.update(parameter="mail")
    assert aiko.get(MEMBERS, {"email": EMAIL}).status_code == 422
    assert aiko.get(MEMBERS, {"mail": EMAIL}).status_code == 303


def test_switched_off_or_unknown_there_is_no_such_page(
    desk: HelpDesk, aiko: Client
) -> None:
    assert aiko.get("/p/sakura/lookup/tags/", {"email": EMAIL}).status_code == 404
    HelpDesk.objects.update(is_active=False)
    assert aiko.get(MEMBERS, {"email": EMAIL}).status_code == 404
