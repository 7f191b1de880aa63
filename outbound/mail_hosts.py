"""Connections to mail servers that a shop named: public hosts, the ports of mail alone, one deadline for all of it."""

import io
import socket
import ssl
import time

from django.conf import settings

from outbound.addresses import is_public
from outbound.deadlines import Receiver, look_up, measure_left
from outbound.errors import FixSettings, TryLater

# To read mail: IMAP with STARTTLS, IMAP and POP3 with TLS from the start.
READING_PORTS = (143, 993, 995)
# To hand mail in: with STARTTLS, and with TLS from the start.
SENDING_PORTS = (587, 465)
LONGEST_LOOK_UP = 5.0  # seconds


def resolve_mail_host(
    host: str, port: int, ports: tuple[int, ...], seconds: float = LONGEST_LOOK_UP
) -> str:
    """Return the address to connect to. The name is resolved once, so that it cannot turn into a private one later.

    Raise FixSettings ("port", "private_host", "unknown_host"), or TryLater when the name cannot be looked up now. Only
    a development machine (MAIL_PRIVATE_HOSTS) may talk to itself.
    """
    try:
        addresses = look_up(host, port, seconds)
    except TimeoutError as error:
        raise TryLater("slow") from error
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise TryLater("unreachable") from error
        raise FixSettings("unknown_host") from error
    public = port in ports and all(is_public(address) for address in addresses)
    if not public and not settings.MAIL_PRIVATE_HOSTS:
        raise FixSettings("private_host" if port in ports else "port")
    return addresses[0]


class TimedSocket:
    """A socket that imaplib and poplib can use: each receive gets only the time that is left of the whole talk."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end

    def makefile(self, mode: str = "rb", *args: object) -> io.BufferedReader:
        return io.BufferedReader(Receiver(self._sock, self._end))

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(measure_left(self._end))
        self._sock.sendall(data)

    def settimeout(self, seconds: float | None) -> None:
        """Ignore it: there is one deadline."""

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._sock.close()

    def start_tls(self, host: str) -> "TimedSocket":
        """Encrypt from here on; the certificate must be the host's."""
        self._sock.settimeout(measure_left(self._end))
        context = ssl.create_default_context()
        try:
            secured = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise FixSettings("certificate") from error
        return TimedSocket(secured, self._end)


def connect_mail_host(
    host: str, port: int, ports: tuple[int, ...], tls: bool, end: float
) -> TimedSocket:
    """Return a socket to the host, encrypted where ``tls``; ``end`` is the moment by which all of it is over."""
    address = resolve_mail_host(host, port, ports, measure_left(end))
    try:
        sock = socket.create_connection((address, port), measure_left(end))
    except TimeoutError as error:
        raise TryLater("slow") from error
    except OSError as error:
        raise TryLater("unreachable") from error
    made = TimedSocket(sock, end)
    if not tls:
        return made
    try:
        return made.start_tls(host)
    except TimeoutError as error:
        raise TryLater("slow") from error
    except OSError as error:
        raise FixSettings("not_tls") from error


def set_deadline(seconds: float) -> float:
    return time.monotonic() + seconds
