"""メールアカウント: settings, the check of the server's address, and the tests of both ways."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from messaging.models import Delivery, MailAccount
from messaging.screens.accounts import forms_mail
from operators.models import AuditEntry
from outbound.concurrency import hold_place_to_check
from outbound.errors import TryLater
from outbound.valkey import connect_valkey
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import make_mail_account

PAGE = "/t/sakura/messages/mail/"


def typed(line: Sandbox, **changes: Any) -> dict[str, Any]:
    return {
        "name": "お店のメール", "from_email": "shop@sakura.example.jp", "from_name": "さくら商店", "host": "127.0.0.1",
        "security": "none", "port": str(line.smtp_port), "username": "shop", "password": "secret-words",
        "per_minute": "300", "is_active": "on", **changes,
    }  # fmt: skip


def test_an_account_is_made_and_its_password_is_sealed(
    aiko: Client, line: Sandbox, sakura: Tenant
) -> None:
    response = aiko.post(f"{PAGE}new/", typed(line))
    account = MailAccount.objects.get()
    assert response["Location"] == f"{PAGE}{account.public_id}/"
    assert (account.password, account.sender.kind) == ("secret-words", "mail")
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM messaging_mailaccount")
        (stored,) = cursor.fetchone()
    assert stored and "secret-words" not in stored
    page = aiko.get(f"{PAGE}{account.public_id}/").content.decode()
    assert "保存済みです" in page and "secret-words" not in page
    assert "お店のメール" in aiko.get(PAGE).content.decode()
    entry = AuditEntry.objects.get(action="mailaccount.made")
    assert "secret-words" not in str(entry.data)


def test_an_empty_password_keeps_what_is_stored(
    aiko: Client, line: Sandbox, sakura: Tenant
) -> None:
    aiko.post(f"{PAGE}new/", typed(line))
    account = MailAccount.objects.get()
    aiko.post(
        f"{PAGE}{account.public_id}/", typed(line, password="", name="新しい名前")
    )
    found = MailAccount.objects.get()
    assert (found.name, found.password) == ("新しい名前", "secret-words")


def test_another_server_wants_the_password_again(
    aiko: Client, line: Sandbox, sakura: Tenant
) -> None:
    aiko.post(f"{PAGE}new/", typed(line))
    page = f"{PAGE}{MailAccount.objects.get().public_id}/"
    answer = aiko.post(page, typed(line, password="", host="localhost"))
    assert answer.status_code == 422
    assert "パスワードを入力し直してください" in answer.content.decode()
    assert MailAccount.objects.get().host == "127.0.0.1"


@pytest.mark.usefixtures("sakura")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({}, "port", "ポートは465か587です。"),
        ({"port": "587"}, "host", "インターネットに公開された"),
        ({"port": "465"}, "port", "この暗号化のポートは587です。"),
        ({"host": "http://smtp"}, "host", "サーバー名だけを入力してください"),
    ],
)
def test_only_public_servers_and_the_ports_of_submission(
    aiko: Client, line: Sandbox, settings: Any, changes: Any, field: str, words: str
) -> None:
    settings.MAIL_PRIVATE_HOSTS = False
    answer = aiko.post(f"{PAGE}new/", typed(line, security="starttls", **changes))
    assert answer.status_code == 422
    (told,) = answer.context["form"].errors[field]
    assert words in told
    assert MailAccount.objects.count() == 0


def test_the_server_is_looked_up_beside_the_transaction_and_one_at_a_time(
    aiko: Client, line: Sandbox, sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is slow to look up must hold neither rows nor every thread."""
    seen: list[list[str]] = []

    def look_up(*_asked: Any) -> None:
        names = connect_valkey().scan_iter("tsunagi:places:check:*")
        seen.append([name.decode().rpartition(":")[2] for name in names])
        with pytest.raises(TryLater, match="crowded"), hold_place_to_check():
            pass

    monkeypatch.setattr(forms_mail, "resolve_mail_host", look_up)
    left: list[str] = []
    monkeypatch.setattr(
        "outbound.concurrency.leave_transaction", lambda: note_leaving(left)
    )
    aiko.post(f"{PAGE}new/", typed(line))
    assert (seen, left) == ([[str(sakura.pk)]], ["left"])
    assert MailAccount.objects.count() == 1


@contextmanager
def note_leaving(left: list[str]) -> Iterator[None]:
    left.append("left")
    yield


def test_plain_connections_are_for_development(
    aiko: Client, line: Sandbox, settings: Any, sakura: Tenant
) -> None:
    settings.MAIL_PRIVATE_HOSTS = False
    answer = aiko.post(f"{PAGE}new/", typed(line))
    assert "security" in answer.context["form"].errors


@pytest.mark.parametrize(
    ("password", "kind"), [("secret-words", "ok"), ("other", "bad")]
)
def test_the_connection_is_tested(
    aiko: Client, line: Sandbox, sakura: Tenant, password: str, kind: str
) -> None:
    line.mail.logins["shop"] = password
    account = make_mail_account(line, username="shop", password="secret-words")
    answer = aiko.post(f"{PAGE}{account.public_id}/test/", {"what": "login"})
    assert answer.context["result"]["kind"] == kind
    found = MailAccount.objects.get()
    assert (found.checked_at is not None) == (kind == "ok")


def test_a_test_mail_goes_to_the_operator(
    aiko: Client, line: Sandbox, sakura: Tenant
) -> None:
    account = make_mail_account(line)
    answer = aiko.post(f"{PAGE}{account.public_id}/test/", {"what": "mail"})
    assert answer.context["result"]["kind"] == "ok"
    booked = Delivery.objects.get()
    assert (booked.address, booked.sender, booked.source) == (
        answer.wsgi_request.user.email,
        account.sender,
        Delivery.Source.TEST,
    )
    assert Wakeup.objects.filter(
        kind="messaging.dispatch", subject=account.sender_id
    ).exists()


def test_who_may_not_connect_sees_nothing(
    vic: Client, line: Sandbox, sakura: Tenant
) -> None:
    account = make_mail_account(line)
    for path in ("", "new/", f"{account.public_id}/"):
        assert vic.get(PAGE + path).status_code == 403
