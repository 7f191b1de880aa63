"""Values as they are pasted, and the link that is made of them."""

import pytest
from django.core.exceptions import ValidationError

from helpdesk.kinds import KINDS
from helpdesk.models import HelpDesk
from helpdesk.values import (
    build_inbox_url,
    clean_base,
    clean_inbox,
    clean_link_template,
)
from tenants.models import Tenant

RELATION = KINDS["relation"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        (" https://sample.relationapp.jp/ ", "https://sample.relationapp.jp/"),
        (
            "https://sample.relationapp.jp/tickets?x=1#/12",
            "https://sample.relationapp.jp/",
        ),
        ("https://SAMPLE.relationapp.jp", "https://sample.relationapp.jp/"),
    ],
)
def test_an_address_is_read(typed: str, kept: str) -> None:
    assert clean_base(typed, RELATION) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "http://sample.relationapp.jp/",
        "https://relationapp.jp.example.com/",
        "https://evil-relationapp.jp/",
        "https://user@sample.relationapp.jp/",
        "https://sample.relationapp.jp:8080/",
        "https://[::1/",
        "javascript:alert(1)",
        "https://sample.relationapp.jp/\r\nSet-Cookie: a=b",
        "https://sample.relationapp.jp/" + "a" * 10_000,
    ],
)
def test_a_wrong_address_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        clean_base(typed, RELATION)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("12", "12"),
        ("#12", "12"),
        ("＃１２", "12"),
        ("https://sample.relationapp.jp/#/inbox/12", "12"),
    ],
)
def test_an_inbox_is_read(typed: str, kept: str) -> None:
    assert clean_inbox(typed) == kept


@pytest.mark.parametrize("typed", ["inbox", "1 2", "12345678901", "1" * 10_000])
def test_a_wrong_inbox_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        clean_inbox(typed)


@pytest.mark.parametrize(
    "typed", ["https://evil.example/{email}", "{base}{name}", "{base}{"]
)
def test_a_wrong_form_of_a_link_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        clean_link_template(typed)


def test_the_link_carries_the_values_in_use(sakura: Tenant) -> None:
    desk = HelpDesk(
        test_base="https://test.relationapp.jp/",
        test_inbox="1",
        live_base="https://sample.relationapp.jp/",
        live_inbox="12",
        link_template=clean_link_template("{base}/#/{inbox}?q={email}"),
    )
    email = "a+b@example.jp"
    test = "https://test.relationapp.jp/#/1?q=a%2Bb%40example.jp"
    assert build_inbox_url(desk, email) == test
    desk.is_live = True
    live = "https://sample.relationapp.jp/#/12?q=a%2Bb%40example.jp"
    assert build_inbox_url(desk, email) == live
