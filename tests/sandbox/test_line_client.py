"""LINE's own Python client against the simulator."""

import uuid

import pytest
from linebot.v3.messaging import (
    ApiException,
    MessagingApi,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    SetWebhookEndpointRequest,
    TextMessage,
    ValidateMessageRequest,
)
from linebot.v3.messaging.exceptions import NotFoundException, UnauthorizedException

from sandbox.line.acting import block_account, follow_account
from sandbox.line.state import Channel
from sandbox.serving import Sandbox

STRANGER = "U" + "f" * 32


def text(to: str, words: str = "こんにちは") -> PushMessageRequest:
    return PushMessageRequest(to=to, messages=[TextMessage(text=words)])


def test_a_push_reaches_a_friend(
    client: MessagingApi, channel: Channel, hanako: str
) -> None:
    answer = client.push_message_with_http_info(
        text(hanako), x_line_retry_key=str(uuid.uuid4())
    )
    assert len(answer.data.sent_messages) == 1
    assert answer.headers["x-line-request-id"]
    assert [bubble["message"]["text"] for bubble in channel.talks[hanako]] == [
        "こんにちは"
    ]
    assert channel.accepted == {hanako: 1}


def test_a_retry_key_is_good_for_one_send(
    client: MessagingApi, channel: Channel, hanako: str
) -> None:
    key = str(uuid.uuid4())
    first = client.push_message_with_http_info(text(hanako), x_line_retry_key=key)
    with pytest.raises(ApiException) as caught:
        client.push_message(text(hanako), x_line_retry_key=key.upper())
    assert caught.value.status == 409
    assert (
        caught.value.headers["x-line-accepted-request-id"]
        == first.headers["x-line-request-id"]
    )
    assert (
        caught.value.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    )
    sent = first.data.sent_messages[0]
    assert '"message":"The retry key is already accepted"' in caught.value.body
    assert (
        f'"sentMessages":[{{"id":"{sent.id}","quoteToken":"{sent.quote_token}"}}]'
        in caught.value.body
    )
    assert len(channel.talks[hanako]) == 1
    assert (channel.replays, channel.mismatched_keys) == (1, 0)


def test_a_key_ends_after_24_hours(
    client: MessagingApi, channel: Channel, hanako: str
) -> None:
    key = str(uuid.uuid4())
    client.push_message(text(hanako), x_line_retry_key=key)
    channel.keys[key] = channel.keys[key]._replace(
        at=channel.keys[key].at - 24 * 3600 - 1
    )
    client.push_message(text(hanako), x_line_retry_key=key)
    assert channel.accepted == {hanako: 2}


def test_same_key_other_content_is_counted(
    client: MessagingApi, channel: Channel, hanako: str
) -> None:
    key = str(uuid.uuid4())
    client.push_message(text(hanako, "一"), x_line_retry_key=key)
    with pytest.raises(ApiException):
        client.push_message(text(hanako, "二"), x_line_retry_key=key)
    assert channel.mismatched_keys == 1


@pytest.mark.parametrize("state", ["blocked", "unknown"])
def test_200_does_not_mean_delivered(
    client: MessagingApi, channel: Channel, hanako: str, state: str
) -> None:
    to = hanako if state == "blocked" else STRANGER
    if state == "blocked":
        channel.friends[hanako] = "blocked"
    assert len(client.push_message(text(to)).sent_messages) == 1
    assert (channel.delivered, channel.used, channel.talks.get(to)) == (0, 0, None)
    with pytest.raises(NotFoundException):
        client.get_profile(to)


def test_multicast_counts_people_not_bubbles(
    client: MessagingApi, sandbox: Sandbox, channel: Channel, hanako: str
) -> None:
    others = [f"U{n:032x}" for n in range(499)]
    sandbox.line.add_friends(
        channel, [{"user_id": user, "name": "友"} for user in others]
    )
    request = MulticastRequest(
        to=[hanako, *others], messages=[TextMessage(text="一"), TextMessage(text="二")]
    )
    client.multicast(request, x_line_retry_key=str(uuid.uuid4()))
    assert client.get_message_quota_consumption().total_usage == 500
    assert len(channel.talks[others[-1]]) == 2


def test_multicast_with_a_used_key_tells_no_messages(
    client: MessagingApi, hanako: str
) -> None:
    key, request = (
        str(uuid.uuid4()),
        MulticastRequest(to=[hanako], messages=[TextMessage(text="一")]),
    )
    client.multicast(request, x_line_retry_key=key)
    with pytest.raises(ApiException) as caught:
        client.multicast(request, x_line_retry_key=key)
    assert (caught.value.status, caught.value.body) == (
        409,
        '{"message":"The retry key is already accepted"}',
    )


def test_quota(
    client: MessagingApi, sandbox: Sandbox, channel: Channel, hanako: str
) -> None:
    assert client.get_message_quota().type == "none"
    sandbox.line.register({"channel_id": channel.channel_id, "quota": 1})
    assert client.get_message_quota().value == 1
    client.push_message(text(hanako))
    with pytest.raises(ApiException) as caught:
        client.push_message(text(hanako))
    assert (caught.value.status, caught.value.body) == (
        429,
        '{"message":"You have reached your monthly limit."}',
    )
    assert channel.accepted == {hanako: 1}


def test_profile_and_bot_info(
    client: MessagingApi, channel: Channel, hanako: str
) -> None:
    assert client.get_profile(hanako).display_name == "花子"
    bot = client.get_bot_info()
    assert (bot.display_name, bot.basic_id, bot.user_id) == (
        "さくら商店",
        "@sakura",
        channel.bot_user_id,
    )


def test_reply_works_once(
    client: MessagingApi, sandbox: Sandbox, channel: Channel, hanako: str
) -> None:
    delivery = sandbox.call(lambda: follow_account(sandbox.line, channel, hanako))
    request = ReplyMessageRequest(
        replyToken=delivery["event"]["replyToken"],
        messages=[TextMessage(text="ようこそ")],
    )
    client.reply_message(request)
    assert channel.talks[hanako][-1]["message"]["text"] == "ようこそ"
    assert channel.used == 0
    with pytest.raises(ApiException) as caught:
        client.reply_message(request)
    assert (caught.value.status, caught.value.body) == (
        400,
        '{"message":"Invalid reply token"}',
    )


def test_unfollow_has_no_reply_token(
    sandbox: Sandbox, channel: Channel, hanako: str
) -> None:
    delivery = sandbox.call(lambda: block_account(sandbox.line, channel, hanako))
    assert (delivery["type"], "replyToken" in delivery["event"]) == ("unfollow", False)


def test_validate(client: MessagingApi) -> None:
    client.validate_push(
        ValidateMessageRequest(messages=[TextMessage(text="あ" * 5000)])
    )
    with pytest.raises(ApiException) as caught:
        client.validate_push(
            ValidateMessageRequest(messages=[TextMessage(text="😀" * 2501)])
        )
    assert caught.value.status == 400
    assert (
        '"Length must be between 0 and 5000","property":"messages[0].text"'
        in caught.value.body
    )


def test_webhook_endpoint(client: MessagingApi, channel: Channel) -> None:
    client.set_webhook_endpoint(
        SetWebhookEndpointRequest(endpoint="http://127.0.0.1:9/hook")
    )
    assert channel.webhook_url == "http://127.0.0.1:9/hook"
    assert client.get_webhook_endpoint().endpoint == "http://127.0.0.1:9/hook"
    tried = client.test_webhook_endpoint()
    assert (tried.success, tried.reason) == (False, "COULD_NOT_CONNECT")


def test_a_wrong_token(client: MessagingApi, hanako: str) -> None:
    client.api_client.configuration.access_token = "wrong"
    with pytest.raises(UnauthorizedException):
        client.push_message(text(hanako))
