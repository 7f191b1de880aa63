"""Events as LINE sends them: signed, with an id of their own, the same again on redelivery."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from linebot.v3.webhook import SignatureValidator, WebhookParser
from linebot.v3.webhooks import FollowEvent, MessageEvent, PostbackEvent, UnfollowEvent

from sandbox.line.state import Channel
from tests.sandbox.conftest import Call


class Shop(HTTPServer):
    """The product's webhook: keeps what it hears."""

    heard: list[tuple[str, str]]
    wait = 0.0
    status = 200


class Hook(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((body, self.headers["X-Line-Signature"]))
        time.sleep(self.server.wait)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def shop(channel: Channel) -> Iterator[Shop]:
    server = Shop(("127.0.0.1", 0), Hook)
    server.heard = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    channel.webhook_url = f"http://127.0.0.1:{server.server_port}/hook"
    yield server
    server.shutdown()
    server.server_close()


def test_each_act_is_an_event(line: Call, shop: Shop, channel: Channel) -> None:
    user_id = line("/sandbox/act", {"do": "follow", "name": "花子"}).body["user_id"]
    line("/sandbox/act", {"do": "write", "user_id": user_id, "text": "解約したい"})
    line(
        "/sandbox/act",
        {"do": "postback", "user_id": user_id, "data": "a=1", "text": "はい"},
    )
    line("/sandbox/act", {"do": "block", "user_id": user_id})
    line("/sandbox/act", {"do": "follow", "user_id": user_id})
    parser = WebhookParser(channel.channel_secret)
    events = [parser.parse(body, signature)[0] for body, signature in shop.heard]
    kinds = [FollowEvent, MessageEvent, PostbackEvent, UnfollowEvent, FollowEvent]
    assert [type(event) for event in events] == kinds
    assert {event.source.user_id for event in events} == {user_id}
    assert [events[0].follow.is_unblocked, events[4].follow.is_unblocked] == [
        False,
        True,
    ]
    assert (events[1].message.text, events[2].postback.data) == ("解約したい", "a=1")
    assert len({event.webhook_event_id for event in events}) == 5
    assert json.loads(shop.heard[0][0])["destination"] == channel.bot_user_id


def test_the_signature_is_over_the_raw_body(
    line: Call, shop: Shop, channel: Channel
) -> None:
    line("/sandbox/act", {"do": "follow", "name": "花子"})
    body, signature = shop.heard[0]
    assert SignatureValidator(channel.channel_secret).validate(body, signature) is True
    assert SignatureValidator("another secret").validate(body, signature) is False


def test_redelivery_is_the_same_event(line: Call, shop: Shop) -> None:
    delivery = line("/sandbox/act", {"do": "follow", "name": "花子"}).body
    again = line(f"/sandbox/webhooks/{delivery['id']}/redeliver", {}).body
    first, second = (json.loads(body)["events"][0] for body, _ in shop.heard)
    assert (first.pop("deliveryContext"), second.pop("deliveryContext")) == (
        {"isRedelivery": False},
        {"isRedelivery": True},
    )
    assert first == second
    assert [attempt["redelivery"] for attempt in again["tries"]] == [False, True]


def test_the_outcome_of_a_try(line: Call, shop: Shop, channel: Channel) -> None:
    act = {"do": "follow", "name": "花子"}
    shop.status = 500
    assert line("/sandbox/act", act).body["tries"][0]["reason"] == "error_status_code"
    shop.status, shop.wait = 200, 2.1
    late = line("/sandbox/act", act).body["tries"][0]
    assert (late["status"], late["reason"], late["ms"] > 2000) == (
        200,
        "request_timeout",
        True,
    )
    channel.webhook_url = "http://127.0.0.1:9/"
    assert line("/sandbox/act", act).body["tries"][0]["reason"] == "could_not_connect"
