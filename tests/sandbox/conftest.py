"""The sandbox in this process, one channel in it, and LINE's own client pointed at it. No database here."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

from sandbox.line.state import Channel
from sandbox.serving import Sandbox

SETTINGS = {
    "channel_id": "1650000001",
    "channel_secret": "0123456789abcdef0123456789abcdef",
    "access_token": "long-lived-token",
    "login_channel_id": "1650000002",
    "liff_id": "1650000002-abcdefgh",
    "liff_endpoint": "http://127.0.0.1:8000/p/sakura/f/",
    "name": "さくら商店",
    "basic_id": "@sakura",
}


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


Call = Callable[..., Answer]


def fetch(url: str, body: Any = None, method: str = "", **headers: str) -> Answer:
    """One request; JSON both ways where there is any. Header names are given with underscores."""
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    kind = (
        "application/x-www-form-urlencoded"
        if isinstance(body, bytes)
        else "application/json"
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        url, content, {"Content-Type": kind, **named}, method=method or None
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return read(answer)
    except urllib.error.HTTPError as refused:
        return read(refused)


def read(answer: Any) -> Answer:
    text = answer.read().decode()
    return Answer(
        answer.status,
        json.loads(text) if text[:1] in "{[" else text,
        dict(answer.headers),
    )


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(size=300) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """Nobody and nothing on the LINE side, the cart as its seed makes it, no faults on either."""
    running.reset()
    return running


@pytest.fixture
def channel(sandbox: Sandbox) -> Channel:
    return sandbox.line.register(SETTINGS)


@pytest.fixture
def hanako(sandbox: Sandbox, channel: Channel) -> str:
    """A friend."""
    user_id = "U" + "a" * 32
    sandbox.line.add_friends(channel, [{"user_id": user_id, "name": "花子"}])
    return user_id


@pytest.fixture
def line(sandbox: Sandbox) -> Call:
    def call(
        path: str, body: Any = None, token: str = "long-lived-token", **more: str
    ) -> Answer:
        return fetch(
            sandbox.line_url + path, body, Authorization=f"Bearer {token}", **more
        )

    return call


@pytest.fixture
def cart(sandbox: Sandbox) -> Call:
    def call(
        path: str, body: Any = None, token: str = "demo-token", **more: str
    ) -> Answer:
        return fetch(
            sandbox.cart_url + path,
            body,
            Authorization=f'Token token="{token}"',
            **more,
        )

    return call


@pytest.fixture
def client(sandbox: Sandbox, channel: Channel) -> Iterator[MessagingApi]:
    with ApiClient(
        Configuration(host=sandbox.line_url, access_token=channel.access_token)
    ) as api:
        yield MessagingApi(api)
