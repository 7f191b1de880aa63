"""Mail servers over TLS from the start (465) and by STARTTLS (587): used, and only with the host's own certificate."""

import asyncio
import ssl
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from messaging.channels.base import Outcome
from messaging.channels.mail.smtp import MailServer, connect_to_server, send_message
from outbound.errors import FixSettings
from sandbox.mailcatcher import Catcher, MailState
from tests.certificates import make_certificate

MAIL = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def send_one(certificate: Path, security: str) -> tuple[Outcome, MailState]:
    """Hand one mail to a server that is reached this way, and return what came of it and what the server has."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    state, later = MailState(), security == "starttls"

    def make_session() -> SMTP:
        return SMTP(
            Catcher(state),
            tls_context=context if later else None,
            require_starttls=later,
            hostname="catcher.test",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        make_session, "127.0.0.1", 0, ssl=None if later else context
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        smtp = await connect_to_server(MailServer("127.0.0.1", port, security))
        answer = await send_message(smtp, "a@shop.example.jp", "b@example.jp", MAIL)
        await smtp.quit()
    return answer.outcome, state


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_goes_over_tls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    outcome, state = asyncio.run(send_one(certificate, security))
    assert (outcome, dict(state.to)) == (Outcome.SENT, {"b@example.jp": 1})


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_nobody_else_s_certificate_is_taken(certificate: Path, security: str) -> None:
    with pytest.raises(FixSettings) as error:
        asyncio.run(send_one(certificate, security))
    assert error.value.code == "no_tls"
