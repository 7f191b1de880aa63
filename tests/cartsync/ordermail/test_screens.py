"""カート連携 › 注文メール: 受信アカウント and 受信ログ."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from messaging.mailboxes.handle import handle_waiting_mails
from messaging.mailboxes.poll import build_row
from messaging.models import IncomingMail, Mailbox
from operators.models import AuditEntry
from tenants.models import Tenant, Wakeup
from tests.messaging.mailboxes.conftest import SECRET, USER, ImapServer
from tests.messaging.mailboxes.conftest import imap as imap
from tests.messaging.mailboxes.test_poll import make_mail, make_mailbox

BASE = "/t/sakura/carts/mail/"


def given(port: int, **values: Any) -> dict[str, Any]:
    return {
        "name": "楽天の注文",
        "kind": "imap",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": USER,
        "password": SECRET,
        "folder": "",
        "senders": "order@shop.example.jp",
        "is_active": "on",
        **values,
    }


def test_adding_an_account_reads_it_soon(aiko: Client, sakura: Tenant) -> None:
    answer = aiko.post(f"{BASE}accounts/new/", given(993))
    assert answer["Location"] == f"{BASE}accounts/"
    box = Mailbox.objects.get()
    assert (box.name, box.port, box.folder, box.password) == (
        "楽天の注文",
        993,
        "INBOX",
        SECRET,
    )
    wakeup = Wakeup.objects.get(kind="messaging.mail")
    assert wakeup.subject == box.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM messaging_mailbox")
        assert SECRET not in cursor.fetchone()[0]
    assert SECRET not in aiko.get(f"{BASE}accounts/{box.public_id}/").content.decode()
    assert SECRET not in str(AuditEntry.objects.get().data)


def test_an_empty_password_leaves_what_is_stored_and_another_host_is_another_mailbox(
    aiko: Client, sakura: Tenant
) -> None:
    box = make_mailbox("imap", 993, uid_validity=7, last_uid=3, stopped_reason="login")
    path = f"{BASE}accounts/{box.public_id}/"
    aiko.post(path, given(993, password="", folder="INBOX"))
    box.refresh_from_db()
    assert (box.password, box.uid_validity, box.stopped_reason) == (SECRET, 7, "")
    aiko.post(path, given(993, password="", host="imap.example.jp"))
    box.refresh_from_db()
    assert (box.host, box.uid_validity, box.last_uid) == ("imap.example.jp", None, 0)


def test_the_settings_are_tried_out_without_being_saved(
    aiko: Client, sakura: Tenant, imap: ImapServer
) -> None:
    imap.put(make_mail(1))
    page = aiko.post(f"{BASE}accounts/new/", given(imap.port, check="1"))
    assert "フォルダーに1通のメールがあります" in page.content.decode()
    page = aiko.post(f"{BASE}accounts/new/", given(imap.port, check="1", password="x"))
    text = page.content.decode()
    assert "ユーザー名またはパスワードが正しくありません" in text
    assert 'value="楽天の注文"' in text
    assert Mailbox.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "port"),
    [
        ({"security": "tls"}, 993),
        ({"kind": "pop3", "security": "tls"}, 995),
        ({"security": "starttls"}, 143),
    ],
)
def test_the_port_follows_from_the_kind(
    aiko: Client, sakura: Tenant, values: dict[str, str], port: int
) -> None:
    aiko.post(f"{BASE}accounts/new/", given(0, **values) | {"port": ""})
    assert Mailbox.objects.get().port == port


def test_pop3_has_no_starttls(aiko: Client, sakura: Tenant) -> None:
    answer = aiko.post(
        f"{BASE}accounts/new/", given(995, kind="pop3", security="starttls")
    )
    assert answer.status_code == 422 and Mailbox.objects.count() == 0


def test_staff_see_the_log_and_not_the_accounts(ed: Client, sakura: Tenant) -> None:
    assert ed.get(BASE).status_code == 200
    assert ed.get(f"{BASE}accounts/").status_code == 403


def test_the_log_says_what_became_of_each_mail(aiko: Client, sakura: Tenant) -> None:
    box = make_mailbox("imap", 993)
    rows = [build_row(box, make_mail(number), None) for number in range(3)]
    rows[1].sender = "stranger@example.com"
    rows[2].is_forged = True
    IncomingMail.objects.bulk_create(rows)
    handle_waiting_mails(sakura)
    page = aiko.get(BASE)
    outcomes = {
        mail.subject: (mail.outcome.label, mail.outcome.why[:9])
        for mail in page.context["page"].rows
    }
    assert outcomes == {
        "order 0": ("対象外", "このメールを使う機"),
        "order 1": ("未確認", "送信元が受信アカウ"),
        "order 2": ("未確認", "受信したサーバーが"),
    }
    narrowed = aiko.get(BASE, {"state": "unverified"})
    assert [mail.subject for mail in narrowed.context["page"].rows] == [
        "order 2",
        "order 1",
    ]


def test_a_search_leaves_no_text_in_the_address(aiko: Client, sakura: Tenant) -> None:
    box = make_mailbox("imap", 993)
    IncomingMail.objects.bulk_create(
        [build_row(box, make_mail(n), None) for n in (1, 2)]
    )
    answer = aiko.post(BASE, {"q": "order 2", "s": "order 2"})
    assert "order" not in answer["Location"]
    page = aiko.get(answer["Location"])
    assert [mail.subject for mail in page.context["page"].rows] == ["order 2"]


def test_a_mail_is_shown_as_text_and_never_as_html(
    aiko: Client, sakura: Tenant
) -> None:
    box = make_mailbox("imap", 993)
    row = build_row(box, make_mail(1, "<script>alert(1)</script>"), None)
    row.save()
    page = aiko.get(f"{BASE}log/{row.public_id}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_our_own_address_is_made_and_shown(
    aiko: Client, sakura: Tenant, settings: Any
) -> None:
    settings.MAIL_IN_DOMAIN = "in.example.jp"
    values = {
        "name": "転送",
        "kind": "own",
        "security": "tls",
        "is_active": "on",
        "senders": "shop.example.jp",
    }
    answer = aiko.post(f"{BASE}accounts/new/", values)
    box = Mailbox.objects.get()
    assert answer["Location"] == f"{BASE}accounts/{box.public_id}/"
    address = f"sakura-{box.token}@in.example.jp"
    assert f'value="{address}"' in aiko.get(answer["Location"]).content.decode()
    assert Wakeup.objects.filter(kind="messaging.mail").count() == 0
    aiko.post(answer["Location"], values | {"name": "別名", "kind": "imap"})
    aiko.post(answer["Location"], values | {"name": "別名"})
    again = Mailbox.objects.get()
    assert (again.name, again.kind, again.token) == ("別名", "own", box.token)


def test_without_a_domain_no_address_is_offered(
    aiko: Client, sakura: Tenant, settings: Any
) -> None:
    settings.MAIL_IN_DOMAIN = ""
    assert "転送用アドレス" not in aiko.get(f"{BASE}accounts/new/").content.decode()


def test_a_mailbox_needs_its_server_and_login(aiko: Client, sakura: Tenant) -> None:
    values = given(993, host="", username="", password="")
    assert aiko.post(f"{BASE}accounts/new/", values).status_code == 422
    assert Mailbox.objects.count() == 0
