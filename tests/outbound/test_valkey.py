"""Valkey that takes connections and says nothing: pages stay fast, and what must be counted is not done."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from cartsync.matching.ask_cart import hand_out_wakeups
from outbound import valkey
from outbound.call_interval import wait_turn
from outbound.valkey import Away, breaker, connect_valkey, is_valkey_there
from tests.conftest import PASSWORD, Cast


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One entry for each answer that was waited for in vain; the pause after it has no end here."""
    found: list[float] = []
    trip = valkey.Breaker.trip

    def count(self: valkey.Breaker) -> None:
        found.append(valkey.LONGEST_ANSWER)
        trip(self)

    monkeypatch.setattr(valkey.Breaker, "trip", count)
    monkeypatch.setattr(valkey, "PAUSE", 3600.0)
    return found


@pytest.fixture
def hung(settings: Any) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.REDIS_URL = url
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": url}}
        breaker.until = 0.0
        yield
    breaker.until = 0.0


def test_an_answer_is_waited_for_half_a_second(hung: None) -> None:
    options = connect_valkey().connection_pool.connection_kwargs
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.5, 0.5)
    assert options["retry"].get_retries() == 0


def test_one_answer_is_waited_for_then_none(hung: None, waits: list[float]) -> None:
    assert not is_valkey_there()
    assert len(waits) == 1
    for _ in range(100):
        assert not is_valkey_there()
    with pytest.raises(Away):
        connect_valkey().get("x")
    assert len(waits) == 1


def test_it_is_asked_again_after_a_pause(hung: None, waits: list[float]) -> None:
    is_valkey_there()
    breaker.until = time.monotonic() - 1
    assert not is_valkey_there()
    assert len(waits) == 2


def test_a_login_says_that_it_is_not_taken(
    hung: None, waits: list[float], client: Client, cast: Cast
) -> None:
    for _ in range(3):
        answer = client.post("/login/", {"login": "aiko", "password": PASSWORD})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "いまは受け付けられません" in answer.content.decode()
    assert client.get("/login/").status_code == 200
    assert len(waits) == 1


def test_pages_that_count_nothing_stay_fast(
    hung: None, waits: list[float], aiko: Client
) -> None:
    for _ in range(3):
        assert aiko.get("/t/sakura/members/").status_code == 200
    assert len(waits) <= 1


def test_nobody_waits_for_the_broker(hung: None, waits: list[float]) -> None:
    for _ in range(5):
        hand_out_wakeups()
    assert len(waits) == 1


def test_a_turn_that_nobody_can_count_is_not_taken(hung: None, settings: Any) -> None:
    settings.CART_REQUEST_SECONDS = 1
    assert not wait_turn("cart:1:1", 5)
