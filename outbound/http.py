"""The one way out by HTTP: https to a public address, no redirects, bounded in size, and by one deadline in time.

The name is resolved once and every address must be public; then we connect to that address, so that the name cannot
turn into a private one in between. Only a development machine (PRIVATE_HOSTS) may talk to itself.
"""

import json
import socket
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from django.conf import settings

from outbound.addresses import is_public
from outbound.call_interval import wait_turn
from outbound.concurrency import hold_place_to_call
from outbound.deadlines import TimedPool, TimedTlsPool, look_up
from outbound.errors import FixSettings, GiveUp, TryLater

LONGEST_CALL = 10.0  # seconds
LARGEST_ANSWER = 5 * 1024 * 1024
LONGEST_TURN = 20.0  # waiting for the cart's next free turn
LONGEST_PAUSE = timedelta(hours=1)


class Http:
    """Calls to one cart. ``seconds`` bounds all calls together; None bounds each one."""

    def __init__(
        self, base_url: str, pace: str = "", seconds: float | None = None
    ) -> None:
        self.url, self.pace = urlsplit(base_url), pace
        self.deadline = time.monotonic() + seconds if seconds else None
        self.pool: urllib3.HTTPConnectionPool | None = None

    def get(
        self, path: str, params: list[tuple[str, str]], headers: dict[str, str]
    ) -> dict[str, Any]:
        """Return the JSON object at ``path``.

        Raise TryLater, FixSettings or GiveUp, whichever the failure calls for.
        """
        return self.call("GET", path, params, headers)

    def call(
        self,
        method: str,
        path: str,
        params: list[tuple[str, str]],
        headers: dict[str, str],
        sent: bytes | None = None,
    ) -> dict[str, Any]:
        """Send one request with this body and return the JSON object of the answer; raise as ``get`` does.

        After TryLater nobody knows whether a change was made: read back before it is sent again.
        """
        with hold_place_to_call():
            if not wait_turn(self.pace, self._left(LONGEST_TURN)):
                raise TryLater("busy")
            answer, body = self._ask(method, path, params, headers, sent)
        _raise_for_status(answer)
        return _parse_body(body)

    def _ask(
        self,
        method: str,
        path: str,
        params: list[tuple[str, str]],
        headers: dict[str, str],
        sent: bytes | None,
    ) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        """Return the answer and its whole body, or raise after LONGEST_CALL, whatever part of it is missing."""
        end = time.monotonic() + self._left(LONGEST_CALL)
        target = f"{self.url.path.rstrip('/')}{path}"
        target += f"?{urlencode(params)}" if params else ""
        own = {"Host": self.url.netloc, "Accept": "application/json"}
        try:
            pool = self._connection(end)
            answer = pool.request(
                method,
                target,
                body=sent,
                headers={**own, **headers},
                timeout=urllib3.Timeout(total=max(end - time.monotonic(), 0.1)),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return answer, _read_body(answer)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise TryLater("slow") from error
        except urllib3.exceptions.SSLError as error:
            raise FixSettings("insecure") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TryLater("unreachable") from error

    def _left(self, most: float) -> float:
        return (
            most
            if self.deadline is None
            else max(min(most, self.deadline - time.monotonic()), 0.05)
        )

    def _connection(self, end: float) -> urllib3.HTTPConnectionPool:
        if self.pool is None:
            host, secure = self.url.hostname or "", self.url.scheme == "https"
            if not host or not (
                secure or (settings.PRIVATE_HOSTS and self.url.scheme == "http")
            ):
                raise FixSettings("insecure")
            port = self.url.port or (443 if secure else 80)
            address = resolve_public_address(host, port, end - time.monotonic())
            if secure:
                self.pool = TimedTlsPool(
                    address,
                    port,
                    cert_reqs="CERT_REQUIRED",
                    server_hostname=host,
                    assert_hostname=host,
                )
            else:
                self.pool = TimedPool(address, port)
        return self.pool


def resolve_public_address(host: str, port: int, seconds: float = LONGEST_CALL) -> str:
    """Return the address to connect to, found within ``seconds``.

    Raise FixSettings when any address of the name is not a public one.
    """
    try:
        addresses = look_up(host, port, seconds)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise TryLater("unreachable") from error
        raise FixSettings("unknown_host") from error
    public = port == 443 and all(is_public(address) for address in addresses)
    if not public and not settings.PRIVATE_HOSTS:
        raise FixSettings("insecure")
    return addresses[0]


def _read_body(answer: urllib3.BaseHTTPResponse) -> bytes:
    parts, size = [], 0
    while part := answer.read(65536, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            answer.close()
            raise GiveUp("too_large")
    return b"".join(parts)


def _raise_for_status(answer: urllib3.BaseHTTPResponse) -> None:
    """Raise the error that the status calls for."""
    status = answer.status
    if status == 429 or (status == 503 and answer.headers.get("Retry-After")):
        raise TryLater(
            "busy", _parse_retry_after(answer.headers.get("Retry-After", ""))
        )
    if status >= 500 or status == 408:
        raise TryLater("broken")
    if 300 <= status < 400:
        raise FixSettings("redirected")
    codes = {401: "refused", 403: "forbidden", 404: "not_found"}
    if status in codes:
        raise FixSettings(codes[status])
    if status >= 400:
        raise GiveUp("rejected")


def _parse_retry_after(text: str) -> timedelta | None:
    """Return Retry-After as a duration, or None; a date counts as one minute."""
    if not text:
        return None
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 60
    return min(timedelta(seconds=seconds), LONGEST_PAUSE)


def _parse_body(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:  # the latter: nested too deeply
        raise TryLater("unreadable") from error
    if not isinstance(parsed, dict):
        raise TryLater("unreadable")
    return parsed
