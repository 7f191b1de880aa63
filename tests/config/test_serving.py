"""What gunicorn cannot read is answered in words and never written down; how long a request queued is told."""

import logging
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.http.errors import (
    InvalidRequestLine,
    LimitRequestLine,
    ParseException,
)

from config.serving import QUEUED, ThreadWorker, TimedWorker

EMAIL = "hanako.canary@example.jp"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LimitRequestLine(10_021, 4094), "HTTP/1.1 414 "),
        (InvalidRequestLine(f"GET /?email={EMAIL} x HTTP/1.1"), "HTTP/1.1 400 "),
    ],
)
def test_an_address_that_cannot_be_read(
    error: ParseException, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    worker = TimedWorker.__new__(TimedWorker)
    worker.log = logging.getLogger("gunicorn.error")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with caplog.at_level(logging.DEBUG):
            worker.handle_error(None, ours, ("127.0.0.1", 1), error)
        ours.close()
        answer = theirs.makefile("rb").read().decode()
    assert answer.startswith(status)
    assert "前の画面に戻り" in answer
    assert EMAIL not in answer + caplog.text
    head, body = answer.split("\r\n\r\n")
    assert f"Content-Length: {len(body.encode())}" in head


def test_how_long_a_request_queued_is_our_word_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(
        ThreadWorker, "handle_request", lambda self, req, conn: heard.append(req)
    )
    request: Any = SimpleNamespace(headers=[(QUEUED, "99"), ("HOST", "shop.example")])
    sock = SimpleNamespace(allow=lambda seconds: None)
    conn: Any = SimpleNamespace(sock=sock, queued=0.25)
    TimedWorker.__new__(TimedWorker).handle_request(request, conn)
    assert heard[0].headers == [("HOST", "shop.example"), (QUEUED, "0.250")]
