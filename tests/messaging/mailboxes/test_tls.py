"""Mailboxes over TLS from the start (POP3) and by STARTTLS (IMAP): read, and only with the host's own certificate."""

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.mailboxes.poll import check_mailbox, poll_mailbox
from outbound.errors import FixSettings
from tenants.models import Tenant
from tests.certificates import make_certificate
from tests.messaging.mailboxes.conftest import (
    ImapServer,
    PopHandler,
    PopServer,
    start_imap,
)
from tests.messaging.mailboxes.test_poll import make_mail, make_mailbox, read_subjects


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


class TlsPopServer(PopServer):
    context: ssl.SSLContext

    def get_request(self) -> tuple[ssl.SSLSocket, tuple[str, int]]:
        sock, address = self.socket.accept()
        return self.context.wrap_socket(sock, server_side=True), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that trusts nobody hangs up."""


@pytest.fixture
def pop3s(certificate: Path) -> Iterator[TlsPopServer]:
    with TlsPopServer(("127.0.0.1", 0), PopHandler) as server:
        server.mails = []
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def imap_tls(certificate: Path) -> Iterator[ImapServer]:
    key = certificate.with_name("key.pem")
    with start_imap("--cert", str(certificate), "--key", str(key)) as server:
        yield server


@pytest.mark.usefixtures("trusted")
def test_pop3_with_tls_from_the_start(sakura: Tenant, pop3s: TlsPopServer) -> None:
    box = make_mailbox("pop3", pop3s.port, security="tls")
    pop3s.mails = [("a", make_mail(1))]
    poll_mailbox(sakura, box.pk)
    pop3s.mails.append(("b", make_mail(2, "長い本文" * 20_000)))
    poll_mailbox(sakura, box.pk)
    assert read_subjects() == ["order 1", "order 2"]
    box.refresh_from_db()
    assert (box.trouble, box.seen_names) == ("", ["a", "b"])


@pytest.mark.usefixtures("trusted")
def test_imap_by_starttls(sakura: Tenant, imap_tls: ImapServer) -> None:
    box = make_mailbox("imap", imap_tls.port, security="starttls")
    poll_mailbox(sakura, box.pk)
    imap_tls.put(make_mail(1, "長い本文" * 20_000))
    poll_mailbox(sakura, box.pk)
    box.refresh_from_db()
    assert (box.trouble, read_subjects(), check_mailbox(box)) == ("", ["order 1"], 1)


def test_nobody_else_s_certificate_is_taken(
    sakura: Tenant, pop3s: TlsPopServer, imap_tls: ImapServer
) -> None:
    for kind, port, security in (
        ("pop3", pop3s.port, "tls"),
        ("imap", imap_tls.port, "starttls"),
    ):
        with pytest.raises(FixSettings) as error:
            check_mailbox(make_mailbox(kind, port, security=security))
        assert error.value.code == "certificate"
