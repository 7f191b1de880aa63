"""Events to the product: signed over the raw body, sent again on demand, each try recorded with status and time."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp

from sandbox.line.state import Channel, LineState

PATIENCE = 2.0  # seconds after which LINE gives up; here the answer is still awaited, to show how late it was
LONGEST_WAIT = aiohttp.ClientTimeout(total=10)
REPLY_LIFE = 60
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
Event = dict[str, Any]


def make_ulid() -> str:
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def sign_body(secret: str, body: bytes) -> str:
    return base64.b64encode(
        hmac.new(secret.encode(), body, hashlib.sha256).digest()
    ).decode()


def make_event(
    line: LineState, channel: Channel, user_id: str, kind: str, **more: Any
) -> Event:
    """Return a webhook event object; all but unfollow carry a reply token that lives one minute."""
    token = (
        {}
        if kind == "unfollow"
        else {"replyToken": issue_reply_token(line, channel, user_id)}
    )
    return {
        "type": kind,
        **more,
        "webhookEventId": make_ulid(),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user_id},
        **token,
        "mode": "active",
    }


def issue_reply_token(line: LineState, channel: Channel, user_id: str) -> str:
    now = time.time()
    line.reply_tokens = {
        key: value for key, value in line.reply_tokens.items() if value["end"] > now
    }
    token = secrets.token_hex(16)
    line.reply_tokens[token] = {
        "channel_id": channel.channel_id,
        "user_id": user_id,
        "end": now + REPLY_LIFE,
    }
    return token


async def deliver_event(
    line: LineState, channel: Channel, what: Event
) -> dict[str, Any]:
    """Send a new event and store it for redelivery. Return the delivery with its first try."""
    delivery: dict[str, Any] = {
        "id": what["webhookEventId"],
        "channel_id": channel.channel_id,
        "user_id": what["source"]["userId"],
        "type": what["type"],
        "event": what,
        "tries": [],
    }
    line.deliveries.append(delivery)
    await _try_delivery(line, channel, delivery, what)
    return delivery


async def redeliver_event(line: LineState, delivery: dict[str, Any]) -> dict[str, Any]:
    """Send the same event once more: same id, same time of the event, isRedelivery true."""
    channel = line.channels[delivery["channel_id"]]
    again = {**delivery["event"], "deliveryContext": {"isRedelivery": True}}
    await _try_delivery(line, channel, delivery, again)
    return delivery


async def _try_delivery(
    line: LineState, channel: Channel, delivery: dict[str, Any], what: Event
) -> None:
    outcome = await _post_events(channel, channel.webhook_url, [what])
    redelivery = what["deliveryContext"]["isRedelivery"]
    delivery["tries"].append({"at": time.time(), "redelivery": redelivery, **outcome})
    line.changed()


async def _post_events(
    channel: Channel, url: str, events: list[Event]
) -> dict[str, Any]:
    """Post the events and return {status, ms, reason, url}.

    reason is OK or one of LINE's four error reasons; status is 0 without an answer.
    """
    body = json.dumps(
        {"destination": channel.bot_user_id, "events": events}, ensure_ascii=False
    ).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "LineBotWebhook/2.0",
    }
    headers["X-Line-Signature"] = sign_body(channel.channel_secret, body)
    began = time.perf_counter()
    status, reason = 0, "could_not_connect"
    try:
        if url:
            async with (
                aiohttp.ClientSession(timeout=LONGEST_WAIT) as session,
                session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                await answer.read()
                status, reason = (
                    answer.status,
                    "OK" if answer.status == 200 else "error_status_code",
                )
    except TimeoutError:
        reason = "request_timeout"
    except aiohttp.ClientConnectorError:
        pass
    except (aiohttp.ClientError, ValueError):
        reason = "unclassified"
    spent = time.perf_counter() - began
    if status and spent > PATIENCE:
        reason = "request_timeout"
    return {"status": status, "ms": round(spent * 1000), "reason": reason, "url": url}


async def test_endpoint(line: LineState, channel: Channel, url: str) -> dict[str, Any]:
    """Return what POST …/webhook/test answers."""
    outcome = await _post_events(channel, url, [])
    return {
        "success": outcome["reason"] == "OK",
        "timestamp": datetime.now(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "statusCode": outcome["status"],
        "reason": outcome["reason"].upper() if outcome["reason"] != "OK" else "OK",
        "detail": str(outcome["status"] or ""),
    }
