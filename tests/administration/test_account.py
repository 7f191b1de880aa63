"""アカウント: the own name, login ID, email and password."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from operators.login.email_proof import seal_email
from operators.models import AuditEntry, Operator
from operators.tasks import send_change, send_proof
from tenants.models import Tenant
from tests.conftest import Cast, client_for


@pytest.fixture(autouse=True)
def now_sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the mailing tasks where they are queued."""
    cache.clear()
    for task in (send_change, send_proof):
        monkeypatch.setattr(task, "delay_on_commit", task)
    yield
    cache.clear()


def test_name_and_login_id(sakura: Tenant, cast: Cast, ed: Client) -> None:
    taken = ed.post("/account/login/", {"name": "江戸", "login_id": "aiko"})
    assert taken.status_code == 422
    assert "このログインIDは使われています" in taken.content.decode()
    ed.post("/account/login/", {"name": "江戸 三郎", "login_id": "edo"})
    cast.ed.refresh_from_db()
    assert (cast.ed.name, cast.ed.login_id) == ("江戸 三郎", "edo")
    entry = AuditEntry.objects.get(action="login.id_changed")
    assert (entry.data, entry.operator) == ({"fields": ["name", "login_id"]}, cast.ed)
    assert [message.to for message in mail.outbox] == [["ed@example.jp"]]


def read_link() -> str:
    (path,) = re.findall(r"https?://[^/\s]+(/account/email/\S+)", mail.outbox[-1].body)
    return str(path)


def test_an_email_is_theirs_when_they_have_read_it(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    ed.post("/account/email/", {"email": "edo@example.com"})
    (sent,) = mail.outbox
    assert sent.to == ["edo@example.com"]
    path = read_link()
    assert "edo" not in path
    cast.ed.refresh_from_db()
    assert cast.ed.email == "ed@example.jp"
    ed.get(path)  # as a program that reads mail does
    cast.ed.refresh_from_db()
    assert cast.ed.email == "ed@example.jp"
    ed.post(path)
    cast.ed.refresh_from_db()
    assert cast.ed.email == "edo@example.com"
    assert [message.to for message in mail.outbox[1:]] == [["ed@example.jp"]]
    assert "メールアドレスが変更されました。" in mail.outbox[-1].body
    assert AuditEntry.objects.filter(action="login.email_changed").count() == 1


def test_the_link_works_once_and_for_its_owner(
    cast: Cast, ed: Client, vic: Client
) -> None:
    path = f"/account/email/{seal_email(cast.ed, 'edo@example.com')}/"
    vic.post(path)
    assert Operator.objects.filter(email="edo@example.com").count() == 0
    ed.post(path)
    ed.post("/account/email/", {"remove": "1"})
    said = ed.post(path, follow=True).content.decode()
    assert "このURLは使えません" in said
    cast.ed.refresh_from_db()
    assert cast.ed.email == ""


def test_an_address_that_somebody_has_is_nobody_elses(cast: Cast, ed: Client) -> None:
    ed.post("/account/email/", {"email": "AIKO@example.jp"})
    said = ed.post(read_link(), follow=True).content.decode()
    assert "このメールアドレスは、ほかの方が使っています" in said
    cast.ed.refresh_from_db()
    assert cast.ed.email == "ed@example.jp"


def test_a_sixth_proof_within_an_hour_is_not_mailed(cast: Cast, ed: Client) -> None:
    for number in range(5):
        ed.post("/account/email/", {"email": f"{number}@example.com"})
    sixth = ed.post("/account/email/", {"email": "5@example.com"})
    assert (sixth.status_code, len(mail.outbox)) == (422, 5)
    assert "確認メールの回数が多すぎます" in sixth.content.decode()


def test_a_removed_address_hears_of_it(cast: Cast, ed: Client) -> None:
    ed.post("/account/email/", {"remove": "1"})
    assert [message.to for message in mail.outbox] == [["ed@example.jp"]]
    page = ed.get("/account/").content.decode()
    assert "なし（メールの通知は届きません）" in page


@pytest.mark.parametrize("path", ["/account/login/", "/account/email/"])
def test_nothing_without_showing_who_it_is(cast: Cast, path: str) -> None:
    client = client_for(cast.ed, confirmed=False)
    typed = {"name": "別人", "login_id": "other", "email": "x@example.com"}
    assert "本人の確認" in client.post(path, typed).content.decode()
    cast.ed.refresh_from_db()
    assert (cast.ed.login_id, mail.outbox) == ("ed", [])
