"""A call ends in time, whatever part of the answer the other side holds back."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import linebot.v3.messaging  # noqa: F401  (a second or more, not of the calls measured)
import pytest

from messaging.channels.line import client, push, tokens
from messaging.models import LineAccount
from outbound.deadlines import TimedPools, look_up
from outbound.errors import FixSettings, TryLater
from outbound.http import Http
from tests.outbound.slow_server import HEAD, SlowServer

SECONDS = 1.0
# What of the answer comes at once: all of the head, half of a header line, half of the status line, nothing.
HELD_BACK = {"body": HEAD, "head": HEAD[:40], "status": HEAD[:10], "all": b""}


@contextmanager
def taking(least: float, most: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    taken = time.monotonic() - began
    assert least <= taken <= most, f"{taken:.2f} s"


@pytest.mark.parametrize("part", HELD_BACK)
def test_a_dripping_cart_is_given_up_in_time(part: str) -> None:
    with (
        SlowServer(HELD_BACK[part], every=0.2) as cart,
        taking(SECONDS - 0.1, SECONDS + 0.5),
        pytest.raises(TryLater, match="slow"),
    ):
        Http(cart.url, seconds=SECONDS).get("/", [], {})


def test_each_call_of_a_poll_has_its_own_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outbound.http.LONGEST_CALL", SECONDS)
    with SlowServer(every=0.2) as cart:
        way = Http(cart.url)
        for _ in range(2):
            with taking(SECONDS - 0.1, SECONDS + 0.5), pytest.raises(TryLater):
                way.get("/", [], {})


def test_a_handshake_that_does_not_end(settings: object) -> None:
    with (
        SlowServer(b"", every=0.2) as cart,
        taking(SECONDS - 0.2, SECONDS + 0.5),
        pytest.raises((TryLater, FixSettings)),
    ):
        Http(cart.url.replace("http:", "https:"), seconds=SECONDS).get("/", [], {})


def test_a_name_that_is_not_found_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.wait(30))
    with taking(SECONDS - 0.1, SECONDS + 0.5), pytest.raises(TryLater, match="slow"):
        Http("https://cart.example.jp", seconds=SECONDS).get("/", [], {})
    asked.set()


def test_a_name_has_each_address_once() -> None:
    assert look_up("127.0.0.1", 80, 1) == ["127.0.0.1"]
    assert look_up("::1", 80, 1) == ["::1"]
    assert "127.0.0.1" in look_up("localhost", 80, 5)


LINE_CALLS: dict[str, Callable[[LineAccount], object]] = {
    "profile": lambda account: client.fetch_profile(account, "U" + "0" * 32),
    "bot": client.fetch_bot_info,
    "quota": client.fetch_quota,
    "ID token": lambda account: tokens.verify_id_token(account, "token"),
    "own token": lambda account: tokens._issue_token("1", "secret"),
}


@pytest.mark.parametrize("call", LINE_CALLS)
@pytest.mark.parametrize("part", ["body", "all"])
def test_a_dripping_line_is_given_up_in_time(
    settings: object, monkeypatch: pytest.MonkeyPatch, call: str, part: str
) -> None:
    monkeypatch.setattr(client, "LONGEST_CALL", SECONDS)
    monkeypatch.setattr(tokens, "LONGEST_CALL", SECONDS)
    account = LineAccount(tenant_id=1, access_token="token", login_channel_id="1")
    with SlowServer(HELD_BACK[part], every=0.2) as line:
        settings.LINE_API_URL = line.url  # type: ignore[attr-defined]
        with taking(SECONDS - 0.1, SECONDS + 0.7), pytest.raises(TryLater):
            LINE_CALLS[call](account)
        assert line.calls == 1


@pytest.mark.parametrize("part", HELD_BACK)
def test_a_dripping_push_is_uncertain_in_time(
    settings: object, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(push, "CALL_SECONDS", SECONDS)

    async def pushed() -> push.Answer:
        async with push.open_session() as session:
            return await push.Pusher(session, "token").post(push.PUSH, b"{}", "key")

    with SlowServer(HELD_BACK[part], every=0.2) as line:
        settings.LINE_API_URL = line.url  # type: ignore[attr-defined]
        with taking(SECONDS - 0.1, SECONDS + 0.7):
            answer = asyncio.run(pushed())
    assert answer.outcome is push.Outcome.UNCERTAIN


def test_an_answer_in_time_is_read_whole_and_the_connection_used_again() -> None:
    body = b'{"a": 1}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with SlowServer(head + body, every=60) as server, TimedPools() as pools:
        assert pools.request("GET", server.url, timeout=5).json() == {"a": 1}
