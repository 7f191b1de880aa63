"""Mailboxes read from real servers: what is new, once, with the time of receipt, and nothing changed over there."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from imapclient import IMAPClient

from messaging.mailboxes import imap as imap_reader
from messaging.mailboxes.poll import (
    MOST_REFUSALS,
    check_mailbox,
    poll_mailbox,
    store_batch,
)
from messaging.mailboxes.reading import Batch, RawMail
from messaging.models import IncomingMail, Mailbox
from operators.models import Notice
from outbound import faultpoints, mail_hosts
from outbound.errors import FixSettings, TryLater
from tenants.models import Tenant, Wakeup
from tests.messaging.mailboxes.conftest import SECRET, USER, ImapServer, PopServer

AT = datetime(2026, 11, 30, 3, 0, 5, tzinfo=UTC)


def make_mail(number: int, body: str = "注文番号：A") -> bytes:
    head = (
        f"Received: from x by y; Mon, 30 Nov 2026 12:00:05 +0900\r\nMessage-ID: <{number}@shop>\r\n"
        f"From: Shop <order@shop.example.jp>\r\nSubject: order {number}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + f"{body}-{number}\r\n".encode()


def make_mailbox(kind: str, port: int, **values: Any) -> Mailbox:
    settings = {
        "name": "注文", "kind": kind, "host": "127.0.0.1", "port": port, "security": "none", "username": USER,
        "password": SECRET, "senders": "order@shop.example.jp",
    }  # fmt: skip
    return Mailbox.objects.create(**settings | values)


def read_subjects() -> list[str]:
    return list(IncomingMail.objects.order_by("pk").values_list("subject", flat=True))


@pytest.fixture
def box(sakura: Tenant, imap: ImapServer) -> Mailbox:
    return make_mailbox("imap", imap.port)


def test_what_lay_there_before_is_a_sample_and_the_rest_is_new(
    sakura: Tenant, imap: ImapServer, box: Mailbox
) -> None:
    imap.put(make_mail(1))
    poll_mailbox(sakura, box.pk)
    imap.put(make_mail(2), AT.timestamp())
    imap.put(make_mail(3), AT.timestamp())
    again = poll_mailbox(sakura, box.pk)
    assert list(
        IncomingMail.objects.order_by("pk").values_list("subject", "state")
    ) == [
        ("order 1", "sample"),
        ("order 2", "new"),
        ("order 3", "new"),
    ]
    assert IncomingMail.objects.get(subject="order 2").received_at == AT
    assert IncomingMail.objects.get(subject="order 2").text == "注文番号：A-2"
    assert again and again > timezone.now() + timedelta(seconds=60)
    assert Wakeup.objects.filter(kind="messaging.mail_handle").count() == 1
    assert not any(b"Seen" in line for line in imap.read_flags())


def test_of_an_old_mailbox_the_newest_are_samples(
    sakura: Tenant, imap: ImapServer, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that comes in while the first reading is under way is new."""
    for number in range(1, 24):
        imap.put(make_mail(number))
    look = imap_reader.list_newest_uids

    def look_late(client: IMAPClient, next_uid: int | None) -> list[int]:
        imap.put(make_mail(24))
        return look(client, next_uid)

    monkeypatch.setattr(imap_reader, "list_newest_uids", look_late)
    poll_mailbox(sakura, box.pk)
    rows = IncomingMail.objects.order_by("pk").values_list("subject", "state")
    samples = [(f"order {number}", "sample") for number in range(4, 24)]
    assert list(rows) == samples
    poll_mailbox(sakura, box.pk)
    assert list(rows.all()) == [*samples, ("order 24", "new")]


def test_reading_again_brings_nothing(
    sakura: Tenant, imap: ImapServer, box: Mailbox
) -> None:
    poll_mailbox(sakura, box.pk)
    imap.put(make_mail(1))
    for _turn in range(3):
        poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 1"]
    box.refresh_from_db()
    assert (box.trouble, box.failures) == ("", 0) and box.worked_at


def test_the_same_mail_fifty_times_counts_once(
    sakura: Tenant, imap: ImapServer, box: Mailbox
) -> None:
    poll_mailbox(sakura, box.pk)
    for number in range(50):
        imap.put(f"Delivered-To: copy-{number}@x\r\n".encode() + make_mail(7))
    poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 7"]


def test_a_server_that_numbered_anew_is_read_again_and_nothing_counts_twice(
    sakura: Tenant, imap: ImapServer, box: Mailbox
) -> None:
    poll_mailbox(sakura, box.pk)
    imap.put(make_mail(1))
    poll_mailbox(sakura, box.pk)
    imap.put(make_mail(2))
    Mailbox.objects.update(uid_validity=1, last_uid=90_000)
    poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 1", "order 2"]
    box.refresh_from_db()
    assert box.uid_validity != 1 and box.last_uid < 90_000


@pytest.mark.parametrize("place", ["mails storing", "mails stored"])
def test_a_reading_that_dies_is_read_again(
    sakura: Tenant, imap: ImapServer, box: Mailbox, place: str, monkeypatch: Any
) -> None:
    poll_mailbox(sakura, box.pk)
    imap.put(make_mail(1))

    def die(name: str) -> None:
        if name == place:
            raise KeyboardInterrupt

    monkeypatch.setattr(faultpoints, "hook", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        poll_mailbox(sakura, box.pk)
    monkeypatch.setattr(faultpoints, "hook", None)
    poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 1"]


def test_a_wrong_password_stops_the_mailbox_after_five_times(
    sakura: Tenant, imap: ImapServer
) -> None:
    box = make_mailbox("imap", imap.port, password="wrong")
    for _turn in range(MOST_REFUSALS - 1):
        assert poll_mailbox(sakura, box.pk)
    assert poll_mailbox(sakura, box.pk) is None
    box.refresh_from_db()
    assert (box.trouble, box.stopped_reason, box.failures) == ("login", "login", 5)
    assert list(Notice.objects.values_list("kind", flat=True)) == ["mailbox.stopped"]


def test_a_folder_that_is_not_there(sakura: Tenant, imap: ImapServer) -> None:
    with pytest.raises(FixSettings) as error:
        check_mailbox(make_mailbox("imap", imap.port, folder="注文"))
    assert error.value.code == "folder"


def test_pop3_marks_what_it_read_by_name(sakura: Tenant, pop3: PopServer) -> None:
    box = make_mailbox("pop3", pop3.port)
    pop3.mails = [("a", make_mail(1))]
    poll_mailbox(sakura, box.pk)
    pop3.mails = [("a", make_mail(1)), ("b", make_mail(2)), ("c", make_mail(3))]
    poll_mailbox(sakura, box.pk)
    pop3.mails = [("c", make_mail(3)), ("d", make_mail(4))]
    poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 1", "order 2", "order 3", "order 4"]
    assert IncomingMail.objects.get(subject="order 4").received_at == AT
    box.refresh_from_db()
    assert box.seen_names == ["c", "d"]
    assert check_mailbox(box) == 2


def test_a_pop3_login_that_is_refused(sakura: Tenant, pop3: PopServer) -> None:
    with pytest.raises(FixSettings) as error:
        check_mailbox(make_mailbox("pop3", pop3.port, password="no"))
    assert error.value.code == "login"


def test_a_server_that_drips_is_left_when_the_time_is_up(
    sakura: Tenant, monkeypatch: Any
) -> None:
    """One byte now and then, for ever: only an absolute deadline ends that."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            talk, _address = server.accept()
            with talk:
                while not stop.wait(0.01):
                    try:
                        talk.sendall(b"*")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        monkeypatch.setattr("messaging.mailboxes.poll.LONGEST_READING", 0.3)
        box = make_mailbox("imap", server.getsockname()[1])
        assert poll_mailbox(sakura, box.pk)
        stop.set()
    box.refresh_from_db()
    assert box.trouble == "slow"


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [
        ("127.0.0.1", 993, "private_host"),
        ("169.254.169.254", 143, "private_host"),
        ("8.8.8.8", 22, "port"),
        ("8.8.8.8", 25, "port"),
    ],
)
def test_hosts_and_ports_that_no_mailbox_has(
    settings: Any, host: str, port: int, code: str
) -> None:
    settings.MAIL_PRIVATE_HOSTS = False
    with pytest.raises(FixSettings) as error:
        mail_hosts.resolve_mail_host(host, port, mail_hosts.READING_PORTS, 1)
    assert error.value.code == code


def test_a_password_is_never_sent_in_the_clear(
    sakura: Tenant, settings: Any, imap: ImapServer
) -> None:
    settings.MAIL_PRIVATE_HOSTS = False
    with pytest.raises(FixSettings) as error:
        check_mailbox(make_mailbox("imap", imap.port))
    assert error.value.code == "insecure"


def test_a_server_without_starttls_gets_no_password(
    sakura: Tenant, imap: ImapServer
) -> None:
    with pytest.raises(FixSettings) as error:
        check_mailbox(make_mailbox("imap", imap.port, security="starttls"))
    assert error.value.code == "no_starttls"


def test_a_server_without_tls(sakura: Tenant, imap: ImapServer) -> None:
    with pytest.raises((FixSettings, TryLater)) as error:
        check_mailbox(make_mailbox("imap", imap.port, security="tls"))
    assert error.value.code == "not_tls"


def test_nobody_listens(sakura: Tenant) -> None:
    box = make_mailbox("imap", 1)
    assert poll_mailbox(sakura, box.pk)
    box.refresh_from_db()
    assert (box.trouble, box.failures, box.stopped_reason) == ("unreachable", 1, "")


@pytest.mark.parametrize("values", [{"is_active": False}, {"stopped_reason": "login"}])
def test_one_that_is_off_is_not_read(sakura: Tenant, values: dict[str, Any]) -> None:
    box = make_mailbox("imap", 1, **values)
    assert poll_mailbox(sakura, box.pk) is None
    box.refresh_from_db()
    assert box.checked_at is None


def test_the_cursor_moves_with_the_mails(sakura: Tenant) -> None:
    box = make_mailbox("imap", 1)
    store_batch(box, Batch([RawMail(make_mail(1), AT)], {"last_uid": 5}))
    box.refresh_from_db()
    assert (box.last_uid, read_subjects()) == (5, ["order 1"])
