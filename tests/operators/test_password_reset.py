import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from operators.login.password_reset import send_reset_mail
from tenants.secrets import get_cipher
from tests.conftest import Cast

NEW = "an even longer staple"


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses given to the worker."""
    addresses: list[str] = []
    monkeypatch.setattr(
        "operators.tasks.send_reset_link.delay_on_commit",
        lambda sealed: addresses.append(get_cipher().decrypt(sealed.encode()).decode()),
    )
    return addresses


@pytest.mark.parametrize("email", ["ed@example.jp", "nobody@example.jp"])
def test_each_address_is_answered_alike(
    cast: Cast,
    client: Client,
    queued: list[str],
    email: str,
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        answer = client.post("/password/reset/", {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, "/password/reset/done/")
    assert (queued, mail.outbox) == ([email], [])


def test_an_unknown_address_gets_no_mail(cast: Cast) -> None:
    assert send_reset_mail("nobody@example.jp") is False
    assert mail.outbox == []


def test_who_may_not_log_in_gets_no_mail(cast: Cast) -> None:
    cast.ed.is_active = False
    cast.ed.save(update_fields=["is_active"])
    assert send_reset_mail("ed@example.jp") is False


def test_our_own_mail(cast: Cast, settings: Any) -> None:
    settings.SITE_URL = "https://crm.example.jp"
    assert send_reset_mail("ED@example.jp") is True
    (message,) = mail.outbox
    lines = message.body.split("\n")
    assert (message.subject, message.to, message.from_email) == (
        "【Tsunagi】パスワードの再設定",
        ["ed@example.jp"],
        "no-reply@example.jp",
    )
    assert lines[:4] == [
        "江戸 次郎 様",
        "",
        "さくら商店 の管理画面（Tsunagi）で、パスワードの再設定が申し込まれました。",
        "次のURLを開いて、新しいパスワードを入力してください。",
    ]
    assert re.fullmatch(
        r"このURLは24時間（\d{4}/\d\d/\d\d \d\d:\d\dまで）、1回だけ使えます。", lines[7]
    )
    assert (
        "お困りのときは、ショップのオーナーか店長、または support@example.jp"
        in message.body
    )
    assert re.findall(r"https?://[^/\s]+", message.body) == ["https://crm.example.jp"]
    assert "127.0.0.1" not in message.body


def test_the_link_works_once(cast: Cast, client: Client) -> None:
    send_reset_mail("ed@example.jp")
    (url,) = re.findall(r"https?://[^/\s]+(/\S+)", mail.outbox[0].body)
    page = client.get(url, follow=True)
    path = page.redirect_chain[-1][0]
    client.post(path, {"password1": NEW, "password2": NEW})
    cast.ed.refresh_from_db()
    assert cast.ed.check_password(NEW)
    again = Client().get(url, follow=True).content.decode()
    assert "再設定用のURLが無効です" in again
    assert "support@example.jp" in again


@pytest.mark.parametrize("path", ["/password/reset/", "/password/reset/done/"])
def test_the_page_names_sender_lifetime_and_contact(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert "メールはno-reply@example.jpから届きます。" in page
    assert "24時間、1回だけ使えます。" in page
    assert 'href="mailto:support@example.jp"' in page
