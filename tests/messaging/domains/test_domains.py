"""送信ドメインの診断 and our own signature, against a name server that speaks the real protocol."""

import dkim
import pytest
from django.db import connection
from django.test import Client

from members.models import Member
from messaging.domains import manage
from messaging.domains.sign import Signer, find_signer
from messaging.domains.words import build_key_record, build_spf, describe_findings
from messaging.models import MailAccount, SendingDomain
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import Shop, make_mail_account

PAGE = "/t/sakura/messages/mail/domains/"
DOMAIN = "sakura.example.jp"


def publish_key(line: Sandbox, row: SendingDomain) -> None:
    name = f"{row.selector}._domainkey.{DOMAIN}"
    line.dns.texts[name] = [build_key_record(row.public_key)]


def check(tenant: Tenant) -> SendingDomain:
    """Make the check that was asked for."""
    row = SendingDomain.objects.get(domain=DOMAIN)
    manage.check_domain(tenant, row.pk)
    row.refresh_from_db()
    return row


def test_each_record_is_told_with_what_to_do(
    sakura: Tenant, line: Sandbox, aiko: Client
) -> None:
    make_mail_account(line)
    line.dns.texts[DOMAIN] = ["v=spf1 a:127.0.0.1 ~all"]
    assert "まだ診断していません" in aiko.get(PAGE).content.decode()
    assert aiko.post(f"{PAGE}check/", {"domain": DOMAIN})["Location"] == PAGE
    assert aiko.get(PAGE).context["waits"] is True
    woken = Wakeup.objects.get(kind=manage.WAKEUP)
    row = check(sakura)
    assert woken.subject == row.pk
    codes = {kind: found["code"] for kind, found in row.findings.items()}
    assert codes == {"spf": "ok", "dkim": "unknown", "dmarc": "missing"}
    page = aiko.get(PAGE)
    assert page.context["waits"] is False
    (shown,) = page.context["domains"]
    lines = {each.kind: each.line for each in shown.findings if each.line}
    assert [(kind, line.name, line.value) for kind, line in lines.items()] == [
        ("dmarc", f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")
    ]
    assert f'value="_dmarc.{DOMAIN}"' in page.content.decode()


def test_a_stranger_s_domain_is_not_found(
    sakura: Tenant, line: Sandbox, aiko: Client
) -> None:
    make_mail_account(line)
    for what in ("check/", "key/", "key/drop/"):
        assert aiko.post(f"{PAGE}{what}", {"domain": "gmail.com"}).status_code == 302
    assert SendingDomain.objects.count() == 0


def test_nobody_answers_in_time(
    sakura: Tenant, line: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "CHECK_SECONDS", 0.2)
    make_mail_account(line)
    line.dns.texts[DOMAIN] = ["v=spf1 mx ~all"]
    row = manage.ask_for_check(sakura, DOMAIN)
    row = check(sakura)
    line.dns.is_silent = True
    manage.ask_for_check(sakura, DOMAIN)
    later = check(sakura)
    assert (later.trouble, later.findings) == ("slow", row.findings)
    assert (later.checked_at, later.is_waiting) == (row.checked_at, False)


def test_a_domain_that_nobody_uses_is_let_be(sakura: Tenant, line: Sandbox) -> None:
    account = make_mail_account(line)
    row = manage.ask_for_check(sakura, DOMAIN)
    MailAccount.objects.filter(pk=account.pk).update(from_email="shop@example.com")
    assert manage.check_domain(sakura, row.pk) is None
    assert line.dns.asked == {}


def test_the_key_is_sealed_and_signs_once_its_record_is_seen(
    sakura: Tenant, line: Sandbox, aiko: Client
) -> None:
    make_mail_account(line)
    aiko.post(f"{PAGE}key/", {"domain": DOMAIN})
    row = check(sakura)
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM messaging_sendingdomain")
        assert "PRIVATE KEY" not in cursor.fetchone()[0]
    assert row.private_key.startswith("-----BEGIN RSA PRIVATE KEY-----")
    page = aiko.get(PAGE).content.decode()
    assert row.public_key in page and "PRIVATE KEY" not in page
    assert (row.find("dkim")["code"], find_signer(f"a@{DOMAIN}")) == ("not_seen", None)
    publish_key(line, row)
    assert check(sakura).signing_since is not None
    line.dns.is_silent = True
    assert find_signer(f"a@{DOMAIN.upper()}") is not None
    line.dns.is_silent = False
    del line.dns.texts[f"{row.selector}._domainkey.{DOMAIN}"]
    assert check(sakura).signing_since is None
    assert find_signer(f"a@{DOMAIN}") is None


def test_another_key_waits_for_its_own_record(sakura: Tenant, line: Sandbox) -> None:
    make_mail_account(line)
    publish_key(line, manage.make_key(sakura, DOMAIN))
    assert check(sakura).find("dkim")["code"] == "ok"
    manage.make_key(sakura, DOMAIN)
    assert (find_signer(f"a@{DOMAIN}"), check(sakura).find("dkim")["code"]) == (
        None,
        "not_seen",
    )
    manage.drop_key(sakura, DOMAIN)
    row = SendingDomain.objects.get()
    assert (row.public_key, row.private_key, row.find("dkim")) == ("", "", {})


def test_sent_mails_carry_a_signature_that_holds(shop: Shop) -> None:
    with shop.open():
        member = Member.objects.create(email="a@example.com")
    sender = shop.mail(member, is_ad=True)
    with shop.open():
        row = manage.make_key(shop.tenant, DOMAIN)
        publish_key(shop.line, row)
        manage.store_findings(
            row.pk,
            row.public_key,
            {"dkim": manage.Finding("ok"), "spf": manage.Finding("missing")},
        )
    shop.dispatch(via=sender)
    (raw,) = shop.line.mail.raw
    (record,) = shop.line.dns.texts[f"{row.selector}._domainkey.{DOMAIN}"]

    def look_up(name: bytes, timeout: float = 5) -> bytes:
        assert name == f"{row.selector}._domainkey.{DOMAIN}.".encode()
        return record.encode()

    assert dkim.verify(raw, dnsfunc=look_up) is True
    assert (
        dkim.verify(raw.replace(b"Subject:", b"Subject: X", 1), dnsfunc=look_up)
        is False
    )
    signature = raw.partition(b"\r\nList-Unsubscribe")[0].replace(b"\r\n ", b"")
    assert b"list-unsubscribe-post" in signature and f"d={DOMAIN}".encode() in signature


def test_signing_needs_the_key_alone() -> None:
    key = manage.rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(
        manage.serialization.Encoding.PEM,
        manage.serialization.PrivateFormat.TraditionalOpenSSL,
        manage.serialization.NoEncryption(),
    )
    message = b"From: a@b.jp\r\nTo: c@d.jp\r\nSubject: x\r\n\r\ntext\r\n"
    signed = Signer("b.jp", "s", pem).sign(message)
    assert signed.endswith(message) and signed.startswith(b"DKIM-Signature:")


def test_the_line_for_spf_names_the_service() -> None:
    assert build_spf(["smtp.gmail.com"]) == "v=spf1 include:_spf.google.com ~all"
    both = build_spf(["mail.shop.jp", "smtp.sendgrid.net", "smtp.sendgrid.net"])
    assert both == "v=spf1 a:mail.shop.jp include:sendgrid.net ~all"
    assert build_spf(["notgmail.com"]) == "v=spf1 a:notgmail.com ~all"


def test_every_code_has_words(sakura: Tenant) -> None:
    row = SendingDomain(domain=DOMAIN, findings={"spf": {"code": "missing"}})
    spf, dkim_said, _dmarc = describe_findings(row, ["smtp.shop.jp"])
    assert (spf.badge, spf.line and spf.line.value) == (
        "bad",
        "v=spf1 a:smtp.shop.jp ~all",
    )
    assert (dkim_said.badge, dkim_said.line) == ("neutral", None)
