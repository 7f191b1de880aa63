"""What a person does on the phone; each act changes the friendship or the conversation and tells the shop."""

import secrets
from typing import Any

from sandbox.line.state import Channel, LineState
from sandbox.line.webhooks import deliver_event, make_event

Delivery = dict[str, Any]


async def follow_account(line: LineState, channel: Channel, user_id: str) -> Delivery:
    """Follow the account (友だち追加), or unblock it (ブロック解除) when it was blocked."""
    unblocked = channel.friends.get(user_id) == "blocked"
    channel.friends[user_id] = "friend"
    channel.say(
        user_id,
        {
            "from": "note",
            "text": "ブロックを解除しました。"
            if unblocked
            else "友だちに追加しました。",
        },
    )
    return await deliver_event(
        line,
        channel,
        make_event(line, channel, user_id, "follow", follow={"isUnblocked": unblocked}),
    )


async def block_account(line: LineState, channel: Channel, user_id: str) -> Delivery:
    channel.friends[user_id] = "blocked"
    channel.say(user_id, {"from": "note", "text": "ブロックしました。"})
    return await deliver_event(
        line, channel, make_event(line, channel, user_id, "unfollow")
    )


async def write_message(
    line: LineState, channel: Channel, user_id: str, text: str
) -> Delivery:
    channel.say(user_id, {"from": "user", "text": text})
    message_id = str(line.message_ids(1))
    message = {
        "type": "text",
        "id": message_id,
        "text": text,
        "quoteToken": secrets.token_hex(8),
    }
    return await deliver_event(
        line, channel, make_event(line, channel, user_id, "message", message=message)
    )


async def send_postback(
    line: LineState, channel: Channel, user_id: str, data: str, text: str = ""
) -> Delivery:
    """Send the postback of a tapped button; `text` is its displayText."""
    if text:
        channel.say(user_id, {"from": "user", "text": text})
    return await deliver_event(
        line,
        channel,
        make_event(line, channel, user_id, "postback", postback={"data": data}),
    )
