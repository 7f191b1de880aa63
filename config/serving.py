"""How gunicorn serves: `gunicorn config.wsgi -c python:config.serving`.

Its threaded worker waits for ever for a body that does not come: ten sockets with three bytes of a thousand took every
thread. Here a request has HEAD_SECONDS for its head, then BODY_SECONDS for its whole body, and whoever reads an answer
too slowly is left. A proxy that holds slow bodies back belongs in front all the same (docs/operations.md).
"""

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
)
from gunicorn.workers.gthread import TConn, ThreadWorker

from config import env

BODY_SECONDS = float(env.read_number("BODY_SECONDS", 20))
HEAD_SECONDS = BODY_SECONDS / 2
ANSWER_SECONDS = 60.0  # for each piece of an answer
QUEUED = "X-QUEUED-SECONDS"  # tells the view how long its request waited for a thread
LEAVE_SECONDS = (
    0.5  # for the rest of a body that nobody reads, and for the client's own end
)

umask = 0o077  # what is written below var/ is nobody else's
worker_class = "config.serving.TimedWorker"
# Nobody asks it, and the image's files are read-only.
control_socket_disable = True


# What is no request, or too long an address, meets no view and no translation: both languages stand here.
UNREADABLE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<title>読み取れませんでした</title>
<h1>読み取れませんでした</h1>
<p>アドレスが長すぎるか、読み取れない文字が含まれています。前の画面に戻り、もう一度お試しください。</p>
<p lang="en">The address is too long, or holds what cannot be read. Go back and try again.</p>
</html>
""".encode()
STATUSES = {
    LimitRequestLine: "414 URI Too Long",
    LimitRequestHeaders: "431 Request Header Fields Too Large",
}
HEAD = (
    "HTTP/1.1 {}\r\nConnection: close\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n"
)


class TooSlow(NoMoreData, TimeoutError):
    """The client did not send in time what it had announced; gunicorn takes it for one that went away."""


class TimedSocket(socket.socket):
    """A connection whose receives must all end by one moment."""

    end = float("inf")
    is_late = False

    def allow(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def recv(self, *args: Any) -> bytes:
        left = self.end - time.monotonic()
        before = self.gettimeout()
        if left <= 0:
            self.is_late = True
            raise TooSlow
        self.settimeout(left if before is None else min(before, left))
        try:
            return super().recv(*args)
        except TimeoutError:
            self.is_late = True
            raise TooSlow from None
        finally:
            self.settimeout(before)

    def sendall(self, *args: Any) -> None:
        before = self.gettimeout()
        self.settimeout(ANSWER_SECONDS)
        try:
            super().sendall(*args)
        finally:
            self.settimeout(before)


class TimedWorker(ThreadWorker):
    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.sock, TimedSocket):
            conn.sock = TimedSocket(fileno=conn.sock.detach())
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Serve one request; take leave here, too: gunicorn does it in the loop that all connections wait for."""
        conn.queued = time.monotonic() - conn.queued_at
        conn.sock.allow(HEAD_SECONDS)
        goes_on = super().handle(conn)
        if goes_on is False:
            conn.sock.allow(LEAVE_SECONDS)
            conn.close(graceful=True)
            conn.close = lambda graceful=False: None
        return goes_on

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what cannot be read in words, and write none of it down: an address may carry a customer's."""
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", type(exc).__name__)
        status = STATUSES.get(type(exc), "400 Bad Request")
        with suppress(OSError):
            client.sendall(HEAD.format(status, len(UNREADABLE)).encode() + UNREADABLE)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        conn.sock.allow(BODY_SECONDS)
        # Whoever sends it themselves is not heard.
        req.headers = [each for each in req.headers if each[0] != QUEUED]
        req.headers.append((QUEUED, f"{conn.queued:.3f}"))
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Wait no longer for what the view did not want to read, and not at all for whoever was late."""
        if conn.sock.is_late:
            return False
        conn.sock.allow(LEAVE_SECONDS)
        return bool(super()._keepalive_after(conn, keepalive))
