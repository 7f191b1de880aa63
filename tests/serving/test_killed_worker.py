"""A web worker killed under posts leaves no client waiting."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.conftest import HOST, Web, serve

RUNS, CLIENTS, LONGEST = 5, 8, 10.0
FORM = "login=nobody&password=x"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    yield from serve(tmp_path, workers=2)


def test_no_client_is_left_waiting(web: Web) -> None:
    """Each client posts again and again; the longest that any of them waited is what counts."""
    over, waited = threading.Event(), [0.0]
    answered = [0] * CLIENTS

    def post(number: int) -> None:
        while not over.is_set():
            began = time.monotonic()
            line = http.client.HTTPConnection(HOST, web.port, timeout=LONGEST)
            try:
                line.request("POST", "/login/", FORM, HEADERS)
                line.getresponse().read()
                answered[number] += 1
            except (ConnectionError, http.client.HTTPException):
                pass  # an end that the client sees at once is none it waits for
            finally:
                line.close()
                waited.append(time.monotonic() - began)

    clients = [threading.Thread(target=post, args=[n]) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(RUNS):
        time.sleep(1)
        before = sum(answered)
        os.kill(web.workers()[0], signal.SIGKILL)
        end = time.monotonic() + LONGEST
        while sum(answered) < before + CLIENTS and time.monotonic() < end:
            time.sleep(0.05)
        assert sum(answered) >= before + CLIENTS
    over.set()
    for client in clients:
        client.join(LONGEST + 1)
    assert not any(client.is_alive() for client in clients)
    assert max(waited) < LONGEST
