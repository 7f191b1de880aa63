"""Which mail server of a shop's may be talked to: a public one, on the ports of submission, encrypted."""

import socket

from django.conf import settings

from outbound.addresses import is_public
from outbound.errors import FixSettings, TryLater
from outbound.timed import look_up

PORTS = {465, 587}
LONGEST_LOOK_UP = 5.0  # seconds


def resolve_mail_host(host: str, port: int, seconds: float = LONGEST_LOOK_UP) -> str:
    """Return the address to connect to. The name is resolved once, so that it cannot turn into a private one later.

    Raise FixSettings ("port", "insecure", "unknown_host"), or TryLater when the name cannot be looked up now. Only a
    development machine (MAIL_PRIVATE_HOSTS) may talk to itself.
    """
    if port not in PORTS and not settings.MAIL_PRIVATE_HOSTS:
        raise FixSettings("port")
    try:
        addresses = look_up(host, port, seconds)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise TryLater("unreachable") from error
        raise FixSettings("unknown_host") from error
    except TimeoutError as error:
        raise TryLater("slow") from error
    if not settings.MAIL_PRIVATE_HOSTS and not all(map(is_public, addresses)):
        raise FixSettings("insecure")
    return addresses[0]
