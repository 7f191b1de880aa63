"""Connections to one mail server that are used again and again, and what its answers mean."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from email.utils import parseaddr

import aiosmtplib

from messaging.channels.base import Answer, Outcome
from messaging.mailboxes.charsets import decode_text
from outbound.errors import FixSettings, TryLater
from outbound.mail_hosts import SENDING_PORTS, resolve_mail_host

CONNECT_SECONDS = 10.0
CALL_SECONDS = 25.0
# Refusals of the address that we send from, not of the one that we send to.
FROM_REFUSED = {501, 550, 551, 553}
LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


@dataclass(frozen=True)
class MailServer:
    """How to reach a mail server. ``security``: "tls", "starttls" or "none", which only our own relay may be."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    trusted: bool = False


async def connect_to_server(server: MailServer) -> aiosmtplib.SMTP:
    """Return an open connection that is logged in.

    Raise FixSettings ("auth", "private_host", "port", "unknown_host", "no_tls"), or TryLater; after CONNECT_SECONDS at
    most.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _open(server)
    except aiosmtplib.SMTPAuthenticationError as error:
        raise (
            FixSettings("auth") if error.code >= 500 else TryLater("busy")
        ) from error
    except aiosmtplib.SMTPNotSupported as error:
        raise FixSettings("no_tls") from error
    except (aiosmtplib.SMTPException, TimeoutError, OSError) as error:
        if is_tls_refused(error) or is_tls_refused(error.__cause__):
            raise FixSettings("no_tls") from error
        raise TryLater("unreachable") from error


def is_tls_refused(error: BaseException | None) -> bool:
    """Return whether no encryption comes about with these settings; a connection that was only lost says nothing."""
    lost = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    return isinstance(error, ssl.SSLError) and not isinstance(error, lost)


async def _open(server: MailServer) -> aiosmtplib.SMTP:
    address = (
        server.host
        if server.trusted
        else await asyncio.to_thread(
            resolve_mail_host, server.host, server.port, SENDING_PORTS
        )
    )
    sock = await _connect_socket(address, server.port)
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        sock=sock,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        local_hostname="localhost" if server.trusted else None,
        timeout=CONNECT_SECONDS,
    )
    try:
        await smtp.connect()
        if server.username:
            await smtp.login(server.username, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


async def _connect_socket(address: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    family, kind, proto, _, place = found[0]
    sock = socket.socket(family, kind, proto)
    sock.setblocking(False)
    try:
        await loop.sock_connect(sock, place)
    except BaseException:
        sock.close()
        raise
    return sock


async def send_message(
    smtp: aiosmtplib.SMTP, sender: str, to: str, message: bytes
) -> Answer:
    """Hand one mail over and return the answer; the connection is closed where it can be used no more.

    Until the last dot of the mail nothing can have arrived; what is lost after it may have.
    """
    begun = False
    try:
        async with asyncio.timeout(CALL_SECONDS):
            try:
                await smtp.mail(sender)
            except aiosmtplib.SMTPResponseException as error:
                return await interpret_refusal(smtp, error, about_sender=True)
            await smtp.rcpt(to)
            begun = True
            said = await smtp.data(message)
            return Answer(Outcome.SENT, said.code, read_words(said.message)[:60])
    except aiosmtplib.SMTPResponseException as error:
        return await interpret_refusal(smtp, error)
    except (*LOST, TimeoutError) as error:
        smtp.close()
        lost = Outcome.UNCERTAIN if begun else Outcome.UNREACHED
        return Answer(lost, error=type(error).__name__)
    except (aiosmtplib.SMTPException, ValueError) as error:
        # Such an address cannot be said in SMTP at all.
        smtp.close()
        return Answer(Outcome.REFUSED, error=type(error).__name__)


async def interpret_refusal(
    smtp: aiosmtplib.SMTP,
    error: aiosmtplib.SMTPResponseException,
    about_sender: bool = False,
) -> Answer:
    """Return what a refusal means: 4xx may be tried again, 530 and 535 want a login, any other 5xx is final."""
    if error.code == 421:
        smtp.close()
    else:
        try:
            await smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()
    outcome = Outcome.REFUSED
    if error.code < 500:
        outcome = Outcome.LATER
    elif error.code in (530, 535):
        outcome = Outcome.BAD_TOKEN
    elif about_sender and error.code in FROM_REFUSED:
        outcome = Outcome.BAD_FROM
    said = read_words(error.message)
    return Answer(outcome, error.code, error=f"{error.code} {said}"[:200])


def read_words(message: str) -> str:
    """Return what a server said as text that can be stored: aiosmtplib leaves bytes that are no UTF-8 as surrogates."""
    return decode_text(message.encode("utf-8", "surrogateescape"), None)


def split_address(text: str) -> tuple[str, str]:
    """Return (name, address) of ``名前 <address>``."""
    return parseaddr(text)
