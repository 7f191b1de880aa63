"""What LINE's client would not even send: the simulator refuses it itself, in LINE's words."""

import time
import uuid
from typing import Any

import pytest

from sandbox.line.checking import count_utf16_units
from sandbox.line.state import Channel
from sandbox.serving import Sandbox
from tests.sandbox.conftest import Call, fetch

PUSH, MULTICAST = "/v2/bot/message/push", "/v2/bot/message/multicast"
TEXT = [{"type": "text", "text": "こんにちは"}]


@pytest.mark.parametrize(
    ("messages", "message", "where"),
    [
        ([], "Size must be between 1 and 5", "messages"),
        (TEXT * 6, "Size must be between 1 and 5", "messages"),
        ([{"type": "text", "text": ""}], "May not be empty", "messages[0].text"),
        ([*TEXT, {"type": "text", "text": "あ" * 5001}], "Length must be between 0 and 5000", "messages[1].text"),
        ([{"type": "image", "originalContentUrl": "http://a/", "previewImageUrl": "https://a/"}],
         "Must be a valid HTTPS URL", "messages[0].originalContentUrl"),
        ([{"type": "template", "altText": "確認", "template": {"type": "confirm", "text": "可？", "actions": []}}],
         "Size must be between 2 and 2", "messages[0].template.actions"),
    ],
)  # fmt: skip
def test_messages(
    line: Call, hanako: str, channel: Channel, messages: Any, message: str, where: str
) -> None:
    answer = line(PUSH, {"to": hanako, "messages": messages})
    body = {
        "message": "The request body has 1 error(s)",
        "details": [{"message": message, "property": where}],
    }
    assert (answer.status, answer.body) == (400, body)
    assert channel.accepted == {}


def test_text_counts_utf16_units(line: Call, hanako: str) -> None:
    assert (
        count_utf16_units("a"),
        count_utf16_units("あ"),
        count_utf16_units("𠮷"),
        count_utf16_units("😀"),
    ) == (1, 1, 2, 2)
    assert (
        line(
            PUSH, {"to": hanako, "messages": [{"type": "text", "text": "𠮷" * 2500}]}
        ).status
        == 200
    )
    assert (
        line(
            PUSH, {"to": hanako, "messages": [{"type": "text", "text": "𠮷" * 2501}]}
        ).status
        == 400
    )


def test_501_recipients(line: Call, channel: Channel) -> None:
    answer = line(
        MULTICAST, {"to": [f"U{n:032x}" for n in range(501)], "messages": TEXT}
    )
    details = [{"message": "Size must be between 1 and 500", "property": "to"}]
    assert (answer.status, answer.body["details"]) == (400, details)
    assert channel.accepted == {}


@pytest.mark.parametrize("to", ["花子", None, ["U" + "a" * 32]])
def test_a_wrong_recipient(line: Call, channel: Channel, to: Any) -> None:
    answer = line(PUSH, {"to": to, "messages": TEXT})
    text = "The property, 'to', in the request body is invalid (line: -, column: -)"
    assert (answer.status, answer.body) == (400, {"message": text})


def test_a_retry_key_must_be_a_uuid(line: Call, hanako: str, channel: Channel) -> None:
    answer = line(
        PUSH, {"to": hanako, "messages": TEXT}, X_Line_Retry_Key="job-1-chunk-2"
    )
    assert (answer.status, channel.accepted) == (400, {})


def test_reply_takes_no_retry_key(line: Call, channel: Channel) -> None:
    answer = line(
        "/v2/bot/message/reply",
        {"replyToken": "x", "messages": TEXT},
        X_Line_Retry_Key=str(uuid.uuid4()),
    )
    assert (answer.status, answer.body) == (
        400,
        {"message": "X-Line-Retry-Key is not supported for this endpoint"},
    )


def test_broken_json(sandbox: Sandbox, channel: Channel) -> None:
    answer = fetch(
        sandbox.line_url + PUSH, b"{", Authorization="Bearer long-lived-token"
    )
    assert answer.status == 400


def test_every_answer_has_a_request_id(line: Call, hanako: str) -> None:
    answers = [
        line("/v2/bot/info"),
        line("/v2/bot/info", token="no"),
        line(PUSH, {"to": hanako, "messages": []}),
    ]
    ids = {
        {name.lower(): value for name, value in answer.headers.items()}[
            "x-line-request-id"
        ]
        for answer in answers
    }
    assert len(ids) == 3


def test_a_stateless_token_lives_15_minutes(
    sandbox: Sandbox, channel: Channel, line: Call
) -> None:
    form = f"grant_type=client_credentials&client_id={channel.channel_id}&client_secret={channel.channel_secret}"
    issued = fetch(sandbox.line_url + "/oauth2/v3/token", form.encode()).body
    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 900)
    assert (
        line("/v2/bot/info", token=issued["access_token"]).body["basicId"] == "@sakura"
    )
    sandbox.line.stateless[issued["access_token"]] = (
        channel.channel_id,
        time.time() - 1,
    )
    assert line("/v2/bot/info", token=issued["access_token"]).status == 401


def test_a_wrong_secret_gets_no_token(sandbox: Sandbox, channel: Channel) -> None:
    form = f"grant_type=client_credentials&client_id={channel.channel_id}&client_secret=wrong"
    answer = fetch(sandbox.line_url + "/oauth2/v3/token", form.encode())
    assert (answer.status, answer.body["error"]) == (400, "invalid_client")


def test_two_channels_are_two(sandbox: Sandbox, line: Call, hanako: str) -> None:
    other = sandbox.line.register({"channel_id": "2", "access_token": "other"})
    assert line("/v2/bot/profile/" + hanako, token="other").status == 404
    key = str(uuid.uuid4())
    body = {"to": hanako, "messages": TEXT}
    assert [
        line(PUSH, body, token=t, X_Line_Retry_Key=key).status
        for t in ("other", "long-lived-token")
    ] == [200, 200]
    assert (other.accepted, other.delivered) == ({hanako: 1}, 0)


def test_a_foreign_host_and_a_foreign_form_are_refused(
    sandbox: Sandbox, channel: Channel
) -> None:
    url = sandbox.line_url
    assert fetch(url + "/phone/", Host="evil.example").status == 421
    assert (
        fetch(url + "/phone/", b"name=x", Origin="https://evil.example").status == 403
    )
    assert sandbox.line.people == {}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.jp", ""])
def test_only_loopback(host: str) -> None:
    from sandbox.serving import refuse_foreign

    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        refuse_foreign(host)
