"""The Messaging API and LINE Login as far as the product calls them, but for the sends."""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from sandbox.line.answers import (
    LINE,
    Answer,
    RequestRefused,
    authenticate_caller,
    read_bearer_token,
)
from sandbox.line.sending import parse_body, validate_messages
from sandbox.line.state import Channel, LineState
from sandbox.line.tokens import BadToken
from sandbox.line.webhooks import test_endpoint

STATELESS_LIFE = 900
FEWEST_SHOWN = 20
OPEN_TO_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization",
}
Reading = Callable[[web.Request, LineState, Channel], dict[str, Any]]


def add_line_api(app: web.Application) -> None:
    bot = "/v2/bot"
    for name in ("push", "multicast", "reply"):
        app.router.add_post(f"{bot}/message/validate/{name}", validate_messages)
    app.router.add_get(f"{bot}/message/quota", make_read_handler(read_quota))
    app.router.add_get(
        f"{bot}/message/quota/consumption", make_read_handler(read_consumption)
    )
    app.router.add_get(
        f"{bot}/insight/message/event/aggregation",
        make_read_handler(read_unit_statistics),
    )
    app.router.add_get(f"{bot}/profile/{{user_id}}", make_read_handler(read_profile))
    app.router.add_get(f"{bot}/info", make_read_handler(read_bot_info))
    app.router.add_get(
        f"{bot}/channel/webhook/endpoint", make_read_handler(read_endpoint)
    )
    app.router.add_put(f"{bot}/channel/webhook/endpoint", set_endpoint)
    app.router.add_post(f"{bot}/channel/webhook/test", handle_endpoint_test)
    app.router.add_post(f"{bot}/channel/webhook/endpoint/test", handle_endpoint_test)
    app.router.add_post("/oauth2/v3/token", issue_stateless_token)
    app.router.add_post("/oauth2/v2.1/verify", verify_id_token)
    app.router.add_get("/oauth2/v2.1/certs", serve_certs)
    for path, shown in (
        ("/v2/profile", serve_own_profile),
        ("/friendship/v1/status", serve_friendship),
    ):
        app.router.add_get(path, shown)
        app.router.add_options(path, answer_preflight)


def make_read_handler(read: Reading) -> Callable[[web.Request], Any]:
    """Make a GET of the Messaging API from `read`: it checks the bearer token and answers errors as LINE does."""

    async def handler(request: web.Request) -> web.StreamResponse:
        line = request.app[LINE]
        request_id = line.request_id()
        try:
            return Answer(
                200, read(request, line, authenticate_caller(request, line)), request_id
            )
        except RequestRefused as refused:
            return Answer(refused.status, refused.body, request_id, refused.headers)

    return handler


def read_quota(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    return (
        {"type": "none"}
        if channel.quota is None
        else {"type": "limited", "value": channel.quota}
    )


def read_consumption(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    return {"totalUsage": channel.used}


def read_unit_statistics(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    """Return the figures of one aggregation unit: here every friend opens, and every second one taps.

    Figures of fewer than twenty people are null, as LINE's are.
    """
    unit, *days = (
        request.query.get(name, "") for name in ("customAggregationUnit", "from", "to")
    )
    if not unit or not all(len(day) == 8 and day.isdigit() for day in days):
        raise RequestRefused(400, "The value for the query parameter is invalid")
    opened = len(channel.units.get(unit, []))
    people = {"uniqueImpression": opened, "uniqueClick": opened // 2}
    shown = {name: n if n >= FEWEST_SHOWN else None for name, n in people.items()}
    messages = [{"seq": 1, "impression": shown["uniqueImpression"]}] if opened else []
    return {"overview": shown, "messages": messages, "clicks": []}


def read_profile(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    user_id = request.match_info["user_id"]
    if channel.friends.get(user_id) != "friend":
        raise RequestRefused(404, "Not found")
    return {"userId": user_id, "displayName": line.people[user_id], "language": "ja"}


def read_bot_info(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    names = {
        "userId": channel.bot_user_id,
        "basicId": channel.basic_id,
        "displayName": channel.name,
    }
    return {**names, "chatMode": "bot", "markAsReadMode": "auto"}


def read_endpoint(
    request: web.Request, line: LineState, channel: Channel
) -> dict[str, Any]:
    if not channel.webhook_url:
        raise RequestRefused(404, "Webhook endpoint not found")
    return {"endpoint": channel.webhook_url, "active": True}


async def set_endpoint(request: web.Request) -> web.StreamResponse:
    line = request.app[LINE]
    try:
        url = parse_body(await request.read()).get("endpoint")
        channel = authenticate_caller(request, line)
        if (
            not isinstance(url, str)
            or not url.startswith(("http://", "https://"))
            or len(url) > 500
        ):
            raise RequestRefused(400, "Invalid webhook endpoint URL")
    except RequestRefused as refused:
        return Answer(refused.status, refused.body, line.request_id())
    line.register({"channel_id": channel.channel_id, "webhook_url": url})
    return Answer(200, {}, line.request_id())


async def handle_endpoint_test(request: web.Request) -> web.StreamResponse:
    """Post an empty `events` list, as the 検証 button of LINE's console does."""
    line = request.app[LINE]
    try:
        channel = authenticate_caller(request, line)
        given = parse_body(await request.read() or b"{}").get("endpoint")
    except RequestRefused as refused:
        return Answer(refused.status, refused.body, line.request_id())
    url = str(given or channel.webhook_url)
    return Answer(200, await test_endpoint(line, channel, url), line.request_id())


async def issue_stateless_token(request: web.Request) -> web.StreamResponse:
    """Issue a token that lives fifteen minutes, for channel id and secret."""
    line = request.app[LINE]
    form = {
        name: values[0]
        for name, values in parse_qs((await request.read()).decode()).items()
    }
    if form.get("grant_type") != "client_credentials":
        return refuse_login("unsupported_grant_type", "unsupported grant_type")
    channel = line.channels.get(form.get("client_id", ""))
    if channel is None or not secrets.compare_digest(
        channel.channel_secret, form.get("client_secret", "")
    ):
        return refuse_login("invalid_client", "invalid client credential")
    token = secrets.token_urlsafe(48)
    line.stateless[token] = (channel.channel_id, time.time() + STATELESS_LIFE)
    return web.json_response(
        {"token_type": "Bearer", "access_token": token, "expires_in": STATELESS_LIFE}
    )


async def verify_id_token(request: web.Request) -> web.StreamResponse:
    """Return the claims of an ID token, or the reason why not in LINE's words."""
    form = {
        name: values[0]
        for name, values in parse_qs((await request.read()).decode()).items()
    }
    signer = request.app[LINE].signer
    try:
        token, client_id = form.get("id_token", ""), form.get("client_id", "")
        return web.json_response(
            signer.verify(token, client_id, form.get("nonce"), form.get("user_id"))
        )
    except BadToken as error:
        return refuse_login("invalid_request", str(error))


def refuse_login(error: str, description: str) -> web.Response:
    return web.json_response(
        {"error": error, "error_description": description}, status=400
    )


async def serve_certs(request: web.Request) -> web.StreamResponse:
    return web.json_response(request.app[LINE].signer.jwks())


async def serve_own_profile(request: web.Request) -> web.StreamResponse:
    """Answer what liff.getProfile() asks with the user's access token."""
    try:
        claims = request.app[LINE].signer.read(read_bearer_token(request))
    except BadToken:
        return web.json_response(
            {"message": "invalid token"}, status=401, headers=OPEN_TO_PAGES
        )
    shown = {"userId": claims["sub"], "displayName": claims["name"]}
    return web.json_response(shown, headers=OPEN_TO_PAGES)


async def serve_friendship(request: web.Request) -> web.StreamResponse:
    """Answer what liff.getFriendship() asks.

    It is whether the user is a friend of the account that the login channel is linked to.
    """
    line = request.app[LINE]
    try:
        claims = line.signer.read(read_bearer_token(request))
    except BadToken:
        return web.json_response(
            {"message": "invalid token"}, status=401, headers=OPEN_TO_PAGES
        )
    channel = line.by_login(str(claims["aud"]).removeprefix("user:"))
    friend = channel is not None and channel.friends.get(claims["sub"]) == "friend"
    return web.json_response({"friendFlag": friend}, headers=OPEN_TO_PAGES)


async def answer_preflight(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204, headers=OPEN_TO_PAGES)
