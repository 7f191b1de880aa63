"""Push, multicast and reply: the retry key, the limits, the ordered faults, and the record of who received what."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.line.answers import (
    LINE,
    QUOTA_LIMIT,
    RATE_LIMIT,
    Answer,
    RequestRefused,
    authenticate_caller,
    encode,
)
from sandbox.line.checking import check_messages
from sandbox.line.state import KEY_LIFE, AcceptedSend, Channel, LineState

UNIT = re.compile(r"[A-Za-z0-9_]{1,30}").fullmatch
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
USER = re.compile(r"U[0-9a-f]{32}").fullmatch
Body = dict[str, Any]


def _accept_push(
    line: LineState, channel: Channel, body: Body, key: str | None, request_id: str
) -> AcceptedSend:
    to = body.get("to")
    if not isinstance(to, str) or not USER(to):
        raise RequestRefused(
            400,
            "The property, 'to', in the request body is invalid (line: -, column: -)",
        )
    return accept_send(line, channel, [to], body, key, request_id)


def _accept_multicast(
    line: LineState, channel: Channel, body: Body, key: str | None, request_id: str
) -> AcceptedSend:
    to = body.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= 500:
        details = [{"message": "Size must be between 1 and 500", "property": "to"}]
        raise RequestRefused(400, "The request body has 1 error(s)", details)
    if not all(isinstance(user, str) and USER(user) for user in to):
        raise RequestRefused(
            400,
            "The property, 'to', in the request body is invalid (line: -, column: -)",
        )
    return accept_send(line, channel, to, body, key, request_id)


def _accept_reply(
    line: LineState, channel: Channel, body: Body, key: str | None, request_id: str
) -> AcceptedSend:
    if key is not None:
        raise RequestRefused(400, "X-Line-Retry-Key is not supported for this endpoint")
    check_messages(body.get("messages"))
    token = line.reply_tokens.pop(str(body.get("replyToken")), None)
    if (
        token is None
        or token["channel_id"] != channel.channel_id
        or token["end"] < time.time()
    ):
        raise RequestRefused(400, "Invalid reply token")
    return accept_send(
        line, channel, [token["user_id"]], body, None, request_id, counted=False
    )


# The sends by their path. app.py lets them in ahead of the router.
SENDS: dict[str, Callable[..., AcceptedSend]] = {
    "/v2/bot/message/push": _accept_push,
    "/v2/bot/message/multicast": _accept_multicast,
    "/v2/bot/message/reply": _accept_reply,
}


async def send_messages(
    request: web.BaseRequest, line: LineState, verb: Callable[..., AcceptedSend]
) -> web.StreamResponse:
    """Handle one send from the bearer token to the answer; a fault may strike before or after it is accepted."""
    request_id = line.request_id()
    content = await request.read()
    try:
        channel = authenticate_caller(request, line)
        fault = line.faults.draw()
        await apply_fault(request, line, channel, fault)
        accepted = verb(
            line,
            channel,
            parse_body(content),
            request.headers.get("X-Line-Retry-Key"),
            request_id,
        )
    except RequestRefused as refused:
        line.statuses[refused.status] += 1
        return Answer(refused.status, refused.body, request_id, refused.headers)
    if fault == "after_500":
        line.statuses[500] += 1
        return Answer(500, {"message": "Internal Server Error"}, request_id)
    if fault == "hang_after":
        await hold_request(request)
    line.statuses[200] += 1
    return Answer(
        200,
        "{}" if verb is _accept_multicast else build_sent_body(accepted),
        request_id,
    )


async def apply_fault(
    request: web.BaseRequest, line: LineState, channel: Channel, fault: str
) -> None:
    """Apply the faults that strike before anything is accepted."""
    faults = line.faults
    if faults.slow_ms:
        await asyncio.sleep(faults.slow_ms / 1000)
    if fault == "hang":
        await hold_request(request)
    if fault == "before_500":
        raise RequestRefused(500, "Internal Server Error")
    second = int(time.time())
    channel.per_second[second] += 1
    if fault == "rate_429" or 0 < faults.push_per_second < channel.per_second[second]:
        raise RequestRefused(429, RATE_LIMIT)


async def hold_request(request: web.BaseRequest) -> None:
    """Wait in silence until the caller gives up."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.1)
    raise RequestRefused(500, "Internal Server Error")


def parse_body(content: bytes) -> Body:
    if len(content) > 2_000_000:
        raise RequestRefused(413, "Request body is too large")
    try:
        body = json.loads(content)
    except ValueError as error:
        raise RequestRefused(
            400, "The request body could not be parsed as JSON (line: 1, column: 1)"
        ) from error
    if not isinstance(body, dict):
        raise RequestRefused(
            400, "The request body could not be parsed as JSON (line: 1, column: 1)"
        )
    return body


def accept_send(
    line: LineState,
    channel: Channel,
    to: list[str],
    body: Body,
    key: str | None,
    request_id: str,
    counted: bool = True,
) -> AcceptedSend:
    """Accept the send, or refuse it; once accepted it has happened, whatever the caller is answered."""
    messages = body.get("messages")
    digest = hash_content(messages)
    if key is not None:
        refuse_known(channel, key, body, digest)
    check_messages(messages)
    assert isinstance(messages, list)
    unit = check_unit(body)
    friends = channel.friends
    reached = [user for user in to if friends.get(user) == "friend"]
    if counted:
        over = channel.quota is not None and channel.used + len(reached) > channel.quota
        if over or line.faults.quota_429:
            raise RequestRefused(429, QUOTA_LIMIT)
        channel.used += len(reached)
    if unit:
        channel.count_unit(unit, reached)
    first = line.message_ids(len(messages))
    accepted = AcceptedSend(
        time.time(), request_id, first, len(messages), len(to), digest
    )
    if key is not None:
        channel.keys[key.lower()] = accepted
    record_send(line, channel, to, reached, messages, digest)
    return accepted


def check_unit(body: Body) -> str:
    """Return the aggregation unit of a send, "" for none. Refuse more than one, and names that LINE would not take."""
    units = body.get("customAggregationUnits", [])
    if not isinstance(units, list) or len(units) > 1:
        raise RequestRefused(400, "The property, 'customAggregationUnits', is invalid")
    if units and not (isinstance(units[0], str) and UNIT(units[0])):
        raise RequestRefused(400, "The property, 'customAggregationUnits', is invalid")
    return units[0] if units else ""


def refuse_known(channel: Channel, key: str, body: Body, digest: str) -> None:
    """Refuse a key that was accepted in the last 24 hours with 409.

    For a push the body holds what was sent then.
    """
    if not UUID(key):
        raise RequestRefused(400, "The value of the X-Line-Retry-Key header is invalid")
    earlier = channel.keys.get(key.lower())
    if earlier is None or earlier.at < time.time() - KEY_LIFE:
        return
    channel.replays += 1
    single = isinstance(body["to"], str)
    if earlier.digest != digest or earlier.recipients != (
        1 if single else len(body["to"])
    ):
        channel.mismatched_keys += 1
    earlier_sent = json.loads(build_sent_body(earlier)) if single else {}
    headers = {"x-line-accepted-request-id": earlier.request_id}
    raise RequestRefused(
        409, "The retry key is already accepted", body=earlier_sent, headers=headers
    )


def build_sent_body(accepted: AcceptedSend) -> str:
    """Return the body of an accepted push, {"sentMessages": [{"id", "quoteToken"}]}, put together by hand for speed."""
    ids = range(accepted.first_id, accepted.first_id + accepted.messages)
    return (
        '{"sentMessages":['
        + ",".join(f'{{"id":"{n}","quoteToken":"q{n:x}"}}' for n in ids)
        + "]}"
    )


def hash_content(messages: Any) -> str:
    return hashlib.blake2b(encode(messages).encode(), digest_size=8).hexdigest()


def record_send(
    line: LineState,
    channel: Channel,
    to: list[str],
    reached: list[str],
    messages: list[Body],
    digest: str,
) -> None:
    """Count what was accepted; put bubbles into the conversations of those who are friends."""
    for user in to:
        channel.accepted[user] += 1
        channel.seen[f"{user}:{digest}"] += 1
    channel.delivered += len(reached)
    if line.record == "counts":
        return
    for user in reached:
        for message in messages:
            channel.say(user, {"from": "bot", "message": message})
    line.changed()


async def validate_messages(request: web.Request) -> web.StreamResponse:
    """Validate `messages` only: POST …/message/validate/{push,multicast,reply}."""
    line = request.app[LINE]
    request_id = line.request_id()
    try:
        authenticate_caller(request, line)
        check_messages(parse_body(await request.read()).get("messages"))
    except RequestRefused as refused:
        return Answer(refused.status, refused.body, request_id)
    return Answer(200, {}, request_id)
