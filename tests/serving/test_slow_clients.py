"""Clients that hold back what they announced do not keep the threads."""

import select
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config import serving
from tests.serving.conftest import HOST, Web, serve

SOCKETS = 10  # more than the threads
# With the cookie the CSRF check reads the body, to find the token in it.
BODY = (
    b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=tttttttttttttttttttttttttttttttt\r\nContent-Length: 1000\r\n\r\na=1"
)
HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127."


def answer_to(line: socket.socket) -> bytes:
    """All that is said until the server closes the connection."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def is_well(web: Web, seconds: float) -> bool:
    with urllib.request.urlopen(f"{web.url}/healthz", timeout=seconds) as answer:
        return bool(answer.read() == b"ok")


SECONDS = 4


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    yield from serve(tmp_path, workers=1, BODY_SECONDS=str(SECONDS))


def test_the_promise_is_twenty_seconds() -> None:
    assert (serving.HEAD_SECONDS, serving.BODY_SECONDS) == (10, 20)


@pytest.mark.parametrize(("sent", "status"), [(BODY, b"403"), (HEAD, b"")])
def test_ten_that_hold_back_are_ended_and_others_are_served(
    web: Web, sent: bytes, status: bytes
) -> None:
    """Four threads take four of the ten at a time; a drip now and then gains nothing."""
    limit = SECONDS if sent is BODY else SECONDS / 2
    began = time.monotonic()
    with ExitStack() as held:
        lines = [
            held.enter_context(socket.create_connection((HOST, web.port)))
            for _ in range(SOCKETS)
        ]
        for line in lines:
            line.sendall(sent)
            line.settimeout(60)
        # A drip that gained time would have no end before the thousand bytes are there.
        drips = 0
        while not select.select([lines[0]], [], [], 0.2)[0] and drips < 900:
            lines[0].sendall(b"a")
            drips += 1
        assert drips < 900
        first = answer_to(lines[0])
        assert time.monotonic() - began > limit - 0.5
        assert first[9:12] == status
        assert is_well(web, 60)


def test_a_body_that_nobody_reads_holds_up_nobody(web: Web) -> None:
    """Refused by its length at once; neither a thread nor the loop waits for the rest, or for the client's end."""
    head = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\na=1"
    with ExitStack() as held:
        for _ in range(3 * SOCKETS):
            line = held.enter_context(socket.create_connection((HOST, web.port)))
            line.sendall(head)
        began = time.monotonic()
        assert is_well(web, 60)
        # Thirty times two half seconds on four threads; thirty bodies waited for would be half a minute.
        assert time.monotonic() - began < 25
