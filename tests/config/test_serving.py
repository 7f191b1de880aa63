"""What gunicorn cannot read is answered in words, and nothing of it is written down."""

import logging
import socket

import pytest
from gunicorn.http.errors import (
    InvalidRequestLine,
    LimitRequestLine,
    ParseException,
)

from config.serving import TimedWorker

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
