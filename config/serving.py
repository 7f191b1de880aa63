"""How gunicorn serves: `gunicorn config.wsgi -c python:config.serving`.

Its threaded worker waits for ever for a body that does not come: ten sockets with three bytes of a thousand took every
thread. Here a request has HEAD_SECONDS for its head, then BODY_SECONDS for its whole body, and whoever reads an answer
too slowly is left. A proxy that holds slow bodies back belongs in front all the same (docs/operations.md).
"""

import socket
import time
from typing import Any

from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import TConn, ThreadWorker

from config import env

BODY_SECONDS = float(env.read_number("BODY_SECONDS", 20))
HEAD_SECONDS = BODY_SECONDS / 2
ANSWER_SECONDS = 60.0  # for each piece of an answer
LEAVE_SECONDS = (
    0.5  # for the rest of a body that nobody reads, and for the client's own end
)

umask = 0o077  # what is written below var/ is nobody else's
worker_class = "config.serving.TimedWorker"
# Nobody asks it, and the image's files are read-only.
control_socket_disable = True


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
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Serve one request; take leave here, too: gunicorn does it in the loop that all connections wait for."""
        conn.sock.allow(HEAD_SECONDS)
        goes_on = super().handle(conn)
        if goes_on is False:
            conn.sock.allow(LEAVE_SECONDS)
            conn.close(graceful=True)
            conn.close = lambda graceful=False: None
        return goes_on

    def handle_request(self, req: Any, conn: TConn) -> Any:
        conn.sock.allow(BODY_SECONDS)
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Wait no longer for what the view did not want to read, and not at all for whoever was late."""
        if conn.sock.is_late:
            return False
        conn.sock.allow(LEAVE_SECONDS)
        return bool(super()._keepalive_after(conn, keepalive))
