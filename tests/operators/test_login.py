"""The login: found by either name, one hash for every try, locked by operator, and never for a browser they know."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.core.context import request_context
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client

from operators.login.adapter import AccountAdapter
from operators.login.backend import find_operator
from operators.login.password_reset import send_reset_mail
from operators.models import Operator
from tests.conftest import PASSWORD, Cast

TRIES = 5  # failures in five minutes, then the name is locked


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def log_in(client: Client, name: str, password: str = PASSWORD) -> HttpResponse:
    # Each try from an address of its own: the limit by address is another matter.
    log_in.count += 1  # type: ignore[attr-defined]
    address = f"10.0.{log_in.count // 250}.{log_in.count % 250}"  # type: ignore[attr-defined]
    typed = {"login": name, "password": password}
    return client.post("/login/", typed, REMOTE_ADDR=address)


log_in.count = 0  # type: ignore[attr-defined]


def is_in(response: HttpResponse) -> bool:
    return response.status_code == 302


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from django.contrib.auth.hashers import MD5PasswordHasher

    made: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        made.append(salt)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return made


@pytest.mark.parametrize("name", ["aiko", "aiko@example.jp", "AIKO@Example.JP"])
def test_either_name_leads_in(client: Client, cast: Cast, name: str) -> None:
    assert is_in(log_in(client, name))


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("aiko", PASSWORD),
        ("aiko", "wrong"),
        ("aiko@example.jp", "wrong"),
        ("nobody", "wrong"),
        ("nobody@example.jp", "wrong"),
        ("gone", PASSWORD),
        ("gone", "wrong"),
    ],
)
def test_every_try_costs_one_hash(
    client: Client, cast: Cast, hashes: list[str], name: str, password: str
) -> None:
    Operator.objects.create_operator("gone", PASSWORD, name="退職", is_active=False)
    hashes.clear()
    assert is_in(log_in(client, name, password)) == (
        (name, password) == ("aiko", PASSWORD)
    )
    assert len(hashes) == 1


def test_a_login_id_goes_before_an_email(cast: Cast) -> None:
    other = Operator.objects.create_operator("ed@example.jp", PASSWORD, name="別人")
    assert find_operator("ed@example.jp") == other
    assert find_operator("") is None


def test_both_names_lock_the_same_operator(cast: Cast) -> None:
    for number in range(TRIES):
        name = ("aiko", "Aiko@example.jp")[number % 2]
        assert not is_in(log_in(Client(), name, "wrong"))
    for name in ("aiko", "aiko@example.jp"):
        answer = log_in(Client(), name)
        assert not is_in(answer)
        (error,) = answer.context["form"].errors.as_data()["__all__"]
        assert error.code == "too_many_login_attempts"
    assert is_in(log_in(Client(), "ed"))


def test_a_known_browser_still_gets_in(cast: Cast) -> None:
    known, stranger = Client(), Client()
    assert is_in(log_in(known, "aiko"))
    known.post("/logout/")
    for _ in range(TRIES):
        log_in(stranger, "aiko", "wrong")
    assert not is_in(log_in(stranger, "aiko"))
    assert is_in(log_in(known, "aiko"))
    # It is no licence to guess, and says nothing about another operator.
    known.post("/logout/")
    for _ in range(TRIES):
        log_in(known, "aiko", "wrong")
    assert not is_in(log_in(known, "aiko"))
    for _ in range(TRIES):
        log_in(stranger, "ed", "wrong")
    assert not is_in(log_in(known, "ed"))


def test_a_new_password_makes_the_browser_a_stranger_and_ends_the_lock(
    cast: Cast, rf: Any
) -> None:
    known = Client()
    log_in(known, "aiko")
    known.post("/logout/")
    for _ in range(TRIES):
        log_in(Client(), "aiko", "wrong")
    operator = Operator.objects.get(login_id="aiko")
    with request_context(rf.get("/")):
        AccountAdapter().set_password(operator, "another good one 7")
    assert is_in(log_in(Client(), "aiko", "another good one 7"))
    for _ in range(TRIES):
        log_in(Client(), "aiko", "wrong")
    assert not is_in(log_in(known, "aiko", "another good one 7"))


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abababababab", "123456789012", "あああああああああああああ"],
)
def test_long_is_not_enough(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)
    validate_password("correct horse battery")


def test_a_reset_link_leads_to_our_own_host(
    client: Client, cast: Cast, settings: Any
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://crm.example.jp", ["*"]
    client.post(
        "/password/reset/", {"email": "aiko@example.jp"}, HTTP_HOST="evil.example:99"
    )
    send_reset_mail("aiko@example.jp")
    (sent,) = mail.outbox
    (link,) = [word for word in sent.body.split() if "/password/reset/key/" in word]
    assert link.startswith("https://crm.example.jp/password/reset/key/")
    page = client.get(urlsplit(link).path, follow=True, HTTP_HOST="crm.example.jp")
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert 'type="password"' in page.content.decode()
