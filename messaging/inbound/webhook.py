"""Read what LINE posts: whether LINE signed it, and its events in a form that can be stored."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from messaging.models import LineAccount

# When LINE began: an event before it has no time.
EARLIEST = datetime(2011, 6, 23, tzinfo=UTC)


def is_signed_by_line(account: LineAccount, body: bytes, signature: str) -> bool:
    """Return whether the account's secret made the signature over these very bytes: base64 of their HMAC-SHA256.

    Source: developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
    """
    made = hmac.digest(account.channel_secret.encode(), body, "sha256")
    return hmac.compare_digest(b64encode(made), signature.encode())


def parse_events(body: bytes) -> list[dict[str, Any]]:
    """Return the events that can be told apart; what LINE may add later is skipped.

    Raise ValueError when this is no webhook body.
    """
    try:
        parsed = json.loads(body)
        if not isinstance(parsed, dict) or not isinstance(parsed.get("events"), list):
            raise ValueError("no events")
        return [
            event
            for event in parsed["events"]
            if isinstance(event, dict) and parse_event(event)
        ]
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def parse_event(event: dict[str, Any]) -> tuple[str, str, str, str, datetime] | None:
    """Return (id, kind, user id, payload, time) of one event; None when it has no id, no kind or no time.

    The user id is blank for what was written in a group or a room: who writes there is no friend of the account. A time
    later than now becomes now, for every later event would count as older.
    """
    user_id = find_friend_id(event.get("source"))
    event_id, kind, stamp = (
        event.get("webhookEventId"),
        event.get("type"),
        event.get("timestamp"),
    )
    if (
        not isinstance(event_id, str)
        or not isinstance(kind, str)
        or type(stamp) is not int
    ):
        return None
    try:
        at = datetime.fromtimestamp(stamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if at < EARLIEST:
        return None
    return (
        make_storable(event_id)[:40],
        make_storable(kind)[:30],
        make_storable(user_id)[:40],
        json.dumps(make_storable(event), allow_nan=False),
        min(at, timezone.now()),
    )


def find_friend_id(source: Any) -> str:
    """Return the user id of somebody who wrote to the account alone; "" for groups, rooms and other shapes."""
    if not isinstance(source, dict) or source.get("type") != "user":
        return ""
    user_id = source.get("userId")
    return user_id if isinstance(user_id, str) else ""


def make_storable(value: Any) -> Any:
    """Return the value without what PostgreSQL's text cannot hold: NUL and halves of a character."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {make_storable(key): make_storable(item) for key, item in value.items()}
    return [make_storable(item) for item in value] if isinstance(value, list) else value
