"""外部連携アカウント管理: LINE accounts are switched and tested on the page of all connections."""

from typing import Any

import pytest
from django.test import Client

from messaging.models import LineAccount, MailAccount
from operators.models import AuditEntry
from tenants.models import Wakeup

pytestmark = pytest.mark.django_db
PAGE = "/t/sakura/messages/accounts/"
URL = f"{PAGE}connection/"


def said(answer: Any) -> list[tuple[str, str]]:
    return [(str(each.level_tag), str(each)) for each in answer.context["messages"]]


def post(client: Client, key: str, do: str, source: str = "line") -> Any:
    return client.post(URL, {"source": source, "key": key, "do": do}, follow=True)


def test_off_keeps_the_settings_and_on_wakes_the_sender(
    aiko: Client, account: LineAccount
) -> None:
    before = account.access_token
    page = post(aiko, account.public_id, "off")
    account.refresh_from_db()
    assert (account.is_active, account.access_token) == (False, before)
    assert said(page) == [("success", "無効にしました。設定は残っています。")]
    Wakeup.objects.filter(kind="messaging.dispatch").delete()
    post(aiko, account.public_id, "on")
    account.refresh_from_db()
    assert account.is_active
    assert Wakeup.objects.filter(
        kind="messaging.dispatch", subject=account.sender_id
    ).exists()
    entries = AuditEntry.objects.filter(action="account.changed").order_by("pk")
    assert [entry.data["active"] for entry in entries] == [False, True]


def test_the_test_tells_what_line_says(
    aiko: Client, account: LineAccount, settings: Any
) -> None:
    assert said(post(aiko, account.public_id, "check")) == [
        ("success", "「さくら商店」（@sandbox）に接続できました。")
    ]
    settings.LINE_API_URL = "http://127.0.0.1:9"
    (told,) = said(post(aiko, account.public_id, "check"))
    assert told == (
        "error",
        "LINEから応答がありません。数分待って、もう一度テストしてください。",
    )


@pytest.mark.parametrize("do", ["check", "on", "off"])
def test_what_is_not_there_is_not_found(
    aiko: Client, account: LineAccount, do: str
) -> None:
    assert post(aiko, "nothing", do).status_code == 404
    assert post(aiko, account.public_id, do, source="nothing").status_code == 404


def test_only_who_may_connect(ed: Client, account: LineAccount) -> None:
    assert post(ed, account.public_id, "off").status_code == 403
    account.refresh_from_db()
    assert account.is_active


def test_the_row_offers_what_can_be_done(aiko: Client, account: LineAccount) -> None:
    page = aiko.get(PAGE).content.decode()
    assert page.count('value="check"') == 1 and page.count('value="off"') == 1
    LineAccount.objects.update(is_active=False)
    page = aiko.get(PAGE).content.decode()
    assert page.count('value="on"') == 1 and 'value="off"' not in page


def test_a_mail_account_is_switched_and_tested(aiko: Client, sakura: object) -> None:
    mail = MailAccount.objects.create(
        name="店のメール",
        host="127.0.0.1",
        port=587,
        username="u",
        password="p",
        from_email="shop@example.jp",
    )
    assert "店のメール" in aiko.get(PAGE).content.decode()
    (told,) = said(post(aiko, mail.public_id, "check", "mail"))
    assert told[0] == "error" and told[1].startswith("店のメール：")
    mail.refresh_from_db()
    assert mail.checked_at is None
    post(aiko, mail.public_id, "off", "mail")
    mail.refresh_from_db()
    assert (mail.is_active, mail.password) == (False, "p")
