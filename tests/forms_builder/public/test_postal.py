"""A postal code fills the address: what it names, who may ask, and how often."""

import pytest

from forms_builder.models import Field, Form
from forms_builder.public import tickets
from forms_builder.public.postal import table
from forms_builder.public.postal.table import find_postal_address
from forms_builder.versions import store_version
from tests.forms_builder.conftest import Phone, ticket_in


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("1000005", "東京都千代田区丸の内"),
        ("0600000", "北海道札幌市中央区"),
        ("6180000", ""),
        ("1008111", "東京都千代田区千代田1-1"),
        ("0000000", ""),
    ],
)
def test_what_a_code_names(code: str, address: str) -> None:
    assert find_postal_address(code) == address


def ask(phone: Phone, ticket: str, code: str) -> tuple[int, str]:
    url = f"{phone.base}postal/"
    response = phone.client.post(url, {"ticket": ticket, "code": code})
    return response.status_code, response.json()["address"]


def test_only_a_ticket_of_this_form_may_ask(momiji_form: Form, phone: Phone) -> None:
    ticket = phone.ticket()
    assert ask(phone, ticket, "〒１００－０００５") == (200, "東京都千代田区丸の内")
    assert ask(phone, ticket, "123") == (200, "")
    foreign = tickets.issue_ticket(momiji_form, None)
    for bad in ("forged", foreign):
        assert ask(phone, bad, "1000005") == (403, "")
    assert phone.client.get(f"{phone.base}postal/").status_code == 405


def test_an_old_ticket_may_not(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = phone.ticket()
    monkeypatch.setattr(tickets, "LIFE_SECONDS", -1)
    assert ask(phone, ticket, "1000005") == (403, "")


def test_twenty_a_minute_for_each_ticket(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "LOOKUPS_A_MINUTE", 3)
    monkeypatch.setattr("forms_builder.public.limits.time.time", lambda: 1_000_020.0)
    ticket, other = (
        tickets.issue_ticket(phone.form, None),
        tickets.issue_ticket(phone.form, None),
    )
    monkeypatch.setattr(tickets, "LIFE_SECONDS", 10**12)
    found = [ask(phone, ticket, "1000005")[0] for _each in range(4)]
    assert found == [200, 200, 200, 429]
    assert ask(phone, other, "1000005")[0] == 200


def test_the_page_says_where_to_ask(phone: Phone) -> None:
    Field.objects.create(
        form=phone.form, position=9, kind="postal_code", label="郵便番号"
    )
    store_version(phone.form)
    opened = phone.open()
    body = opened.content.decode()
    assert f'data-postal-url="{phone.base}postal/"' in body
    assert "data-postal-said" in body and ticket_in(opened)
