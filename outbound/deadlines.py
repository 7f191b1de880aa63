"""Connections on which a call ends in time, whatever the other side does.

urllib3 counts each receive by itself: whoever sends one byte a second is read for ever. Here ``Timeout(total=…)``
bounds all of a call: looking up the name, connecting, TLS, head and body.
"""

import functools
import http.client
import io
import ipaddress
import queue
import socket
import threading
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import create_connection

# A call that names no time of its own gets this much.
LONGEST_SECONDS = 10.0


class Receiver(io.RawIOBase):
    """The bytes of an answer: each receive gets only the time that is left of the call."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end
        self._bytes = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class TimedAnswer(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, *args: Any, end: float, **more: Any
    ) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(Receiver(sock, end))


class TimedConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connect to the first of the name's addresses that takes us; the name and all of them share the time."""
        seconds = self.timeout or LONGEST_SECONDS
        end = time.monotonic() + seconds
        failure: OSError = OSError("no address")
        try:
            for address in look_up(self._dns_host, self.port, seconds):
                try:
                    made = create_connection(
                        (address, self.port),
                        measure_left(end),
                        socket_options=self.socket_options,
                    )
                except TimeoutError:
                    raise
                except OSError as error:
                    failure = error
                else:
                    made.settimeout(measure_left(end))  # for the handshake of TLS
                    return made
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} takes too long") from error
        raise NewConnectionError(self, str(failure)) from failure

    def getresponse(self) -> Any:
        """Read the answer. urllib3 has set ``timeout`` to what is left of the whole call by now."""
        end = time.monotonic() + (self.timeout or LONGEST_SECONDS)
        self.response_class = functools.partial(TimedAnswer, end=end)  # type: ignore[assignment]
        return super().getresponse()


class TimedTlsConnection(TimedConnection, HTTPSConnection):
    """The same, encrypted: the handshake gets the time that connecting left."""


class TimedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = TimedConnection


class TimedTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = TimedTlsConnection


class TimedPools(urllib3.PoolManager):
    """Pools of such connections for any host. Nothing is repeated and no redirect is followed."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.pool_classes_by_scheme = {"http": TimedPool, "https": TimedTlsPool}

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = False, **kw: Any
    ) -> Any:
        return super().urlopen(method, url, redirect=False, **{**kw, "retries": False})


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of a name. Raise socket.gaierror, or TimeoutError after ``seconds``.

    The system's resolver has its own, longer patience and cannot be interrupted: it is left to a thread that ends with
    it.
    """
    try:
        return [str(ipaddress.ip_address(host.partition("%")[0]))]
    except ValueError:
        pass
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, name="look up", daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("timed out") from None
    if isinstance(answer, UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, str(answer)) from answer
    if isinstance(answer, OSError):
        raise answer
    return list(dict.fromkeys(str(entry[4][0]) for entry in answer))


def measure_left(end: float) -> float:
    return max(end - time.monotonic(), 0.001)
