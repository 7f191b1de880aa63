"""Our own addresses over a real socket: who is refused, what is put off, how a mail is stored."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from messaging.mailboxes.manage import save_mailbox
from messaging.models import IncomingMail, Mailbox
from messaging.receiver import server as serving
from messaging.receiver.addresses import build_own_address, find_own_mailbox
from messaging.receiver.server import PER_MINUTE, Receiver, serve_receiver
from messaging.receiver.store import store_received_mail
from tenants.models import ClosedReason, Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tenants.shops.closed import close_shop, reopen_shop
from tenants.wakeups import claim_due_wakeups
from tests.conftest import make_cast
from tests.messaging.mailboxes.test_poll import make_mail


class RunningReceiver:
    """The server in a thread, on a free port, with a clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def run(self) -> None:
        self.loop.run_until_complete(self.serve())

    async def serve(self) -> None:
        self.stop = asyncio.Event()
        receiver = Receiver(lambda: self.now)
        server = await serve_receiver(receiver, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.stop.wait()
        server.close()
        receiver.close()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)


@pytest.fixture
def receiver(transactional_db: None) -> Iterator[RunningReceiver]:
    running = RunningReceiver()
    yield running
    running.close()


@pytest.fixture
def tenant(transactional_db: None, settings: Any) -> Tenant:
    settings.MAIL_IN_DOMAIN = "in.example.jp"
    with transaction.atomic():
        return make_cast().sakura


def make_own(tenant: Tenant, **values: Any) -> Mailbox:
    with open_tenant_scope(tenant), transaction.atomic():
        given = {"name": "転送", "kind": "own", "port": 0, "senders": "shop.example.jp"}
        return save_mailbox(Mailbox(**given | values))


def send(receiver: RunningReceiver, raw: bytes, *to: str) -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=20) as smtp:
        try:
            return smtp.sendmail("bounce@shop.example.jp", list(to), raw)
        except smtplib.SMTPRecipientsRefused as refused:
            return dict(refused.recipients)


def list_stored(tenant: Tenant) -> list[tuple[str, str, str]]:
    with open_tenant_scope(tenant), transaction.atomic():
        rows = IncomingMail.objects.order_by("pk")
        return list(rows.values_list("subject", "sender", "state"))


def test_a_mail_is_stored_once_and_wakes_its_reader(
    tenant: Tenant, receiver: RunningReceiver
) -> None:
    box = make_own(tenant)
    address = build_own_address(box)
    for to in (address, address.upper()):
        assert send(receiver, make_mail(1), to) == {}
    assert list_stored(tenant) == [("order 1", "order@shop.example.jp", "new")]
    assert Wakeup.objects.filter(kind="messaging.mail_handle").count() == 1
    with open_tenant_scope(tenant), transaction.atomic():
        stored = IncomingMail.objects.get()
        assert (stored.mailbox_id, stored.text) == (box.pk, "注文番号：A-1")
        assert Mailbox.objects.get().worked_at is not None


def test_whom_nobody_knows_is_refused_at_once(
    tenant: Tenant, receiver: RunningReceiver
) -> None:
    box = make_own(tenant)
    address = build_own_address(box)
    user, _at, domain = address.partition("@")
    wrong = [
        f"{user[:-1]}x@{domain}" if user[-1] != "x" else f"{user[:-1]}y@{domain}",
        f"{user}@elsewhere.example.jp",
        f"momiji-{box.token}@{domain}",
        f"{box.token}@{domain}",
        f"postmaster@{domain}",
    ]
    refused = send(receiver, make_mail(1), *wrong)
    assert {code for code, _text in refused.values()} == {550}
    assert len(refused) == len(wrong)
    assert list_stored(tenant) == []


def test_an_address_switched_off_takes_no_mail(
    tenant: Tenant, receiver: RunningReceiver
) -> None:
    address = build_own_address(make_own(tenant, is_active=False))
    assert send(receiver, make_mail(1), address)[address][0] == 550


def test_an_address_switched_off_in_between_loses_no_mail(
    tenant: Tenant, receiver: RunningReceiver
) -> None:
    box = make_own(tenant)
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=20) as smtp:
        smtp.ehlo()
        smtp.mail("bounce@shop.example.jp")
        assert smtp.rcpt(build_own_address(box))[0] == 250
        with open_tenant_scope(tenant), transaction.atomic():
            Mailbox.objects.update(is_active=False)
        assert smtp.data(make_mail(1))[0] == 451
    assert list_stored(tenant) == []


def test_sixty_a_minute(
    tenant: Tenant, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PER_MINUTE", 2)
    address, other = (
        build_own_address(make_own(tenant, name=name)) for name in ("一", "二")
    )
    assert PER_MINUTE == 60
    for n in (1, 2):
        assert send(receiver, make_mail(n), address) == {}
    assert send(receiver, make_mail(3), address)[address][0] == 450
    assert send(receiver, make_mail(4), other) == {}
    receiver.now += 61
    assert send(receiver, make_mail(3), address) == {}
    assert [row[0] for row in list_stored(tenant)] == [
        "order 1",
        "order 2",
        "order 4",
        "order 3",
    ]


def test_a_mail_of_more_than_25_mb_is_refused(
    tenant: Tenant, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert serving.LARGEST_MAIL == 25 * 1024 * 1024
    monkeypatch.setattr(serving, "LARGEST_MAIL", 2000)
    address = build_own_address(make_own(tenant))
    with (
        pytest.raises(smtplib.SMTPException),
        smtplib.SMTP("127.0.0.1", receiver.port, timeout=20) as smtp,
    ):
        smtp.sendmail("a@b.jp", [address], make_mail(1, "x" * 3000))
    assert list_stored(tenant) == []


def test_what_cannot_be_stored_now_is_put_off(
    tenant: Tenant, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = build_own_address(make_own(tenant))

    def fail(*_args: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(serving, "store_received_mail", fail)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(receiver, make_mail(1), address)
        assert refused.value.smtp_code == 451
    assert send(receiver, make_mail(1), address) == {}
    assert len(list_stored(tenant)) == 1


def test_killed_before_its_answer_the_mail_still_counts_once(
    tenant: Tenant, receiver: RunningReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = build_own_address(make_own(tenant))

    def die(name: str) -> None:
        if name == "mail received":
            raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("messaging.receiver.store.fault_point", die)
        with pytest.raises(smtplib.SMTPDataError):
            send(receiver, make_mail(1), address)
    assert send(receiver, make_mail(1), address) == {}
    assert len(list_stored(tenant)) == 1


def test_a_closed_shop_keeps_its_mail_for_the_day_it_opens(tenant: Tenant) -> None:
    address = build_own_address(make_own(tenant))
    with transaction.atomic():
        assert close_shop(tenant, ClosedReason.TRIAL)
    assert store_received_mail(address, make_mail(1))
    due = (tenant.pk, "messaging.mail_handle", 0)
    with transaction.atomic():
        assert due not in claim_due_wakeups()
        assert reopen_shop(tenant)
        assert due in claim_due_wakeups()
    assert list_stored(tenant) == [("order 1", "order@shop.example.jp", "new")]


def test_an_address_is_long_and_says_whose_it_is(tenant: Tenant) -> None:
    one, two = make_own(tenant, name="一"), make_own(tenant, name="二")
    assert one.token != two.token
    assert (len(one.token), build_own_address(one)) == (
        20,
        f"sakura-{one.token}@in.example.jp",
    )
    assert find_own_mailbox(build_own_address(two)) == (tenant, two.pk)
