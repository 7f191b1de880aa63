"""The phone to look at: who uses it, the conversation with each account, and the log of webhook deliveries."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.line import acting
from sandbox.line.answers import LINE
from sandbox.line.bubbles import JST, conversation
from sandbox.line.state import Channel, LineState
from sandbox.line.webhooks import redeliver
from sandbox.pages import fields, go, page

STATES = {"friend": "友だち", "blocked": "ブロック中"}
COOKIE = "sandbox_user"


def add_phone(app: web.Application) -> None:
    app.router.add_get("/", home)
    app.router.add_get("/phone/", phones)
    app.router.add_post("/phone/", add_phone_user)
    app.router.add_get("/phone/{user_id}/", phone)
    app.router.add_get("/phone/{user_id}/talk", talk)
    app.router.add_post("/phone/{user_id}/act", act)
    app.router.add_get("/webhooks/", webhooks)
    app.router.add_post("/webhooks/{id}/redeliver", again)


async def home(request: web.Request) -> web.Response:
    return go("/phone/")


async def phones(request: web.Request) -> web.Response:
    """List the phones, newest first, a hundred at most; the rest is found by name."""
    line = request.app[LINE]
    wanted = request.query.get("q", "").strip()
    found = [
        (key, name) for key, name in reversed(line.people.items()) if wanted in name
    ]
    people = [
        {"user_id": key, "name": name, "accounts": accounts(line, key)}
        for key, name in found[:100]
    ]
    context: dict[str, Any] = {
        "people": people,
        "total": len(found),
        "q": wanted,
        "here": "phone",
    }
    return page("line/phones.html", has_channel=bool(line.channels), **context)


def accounts(line: LineState, user_id: str) -> list[dict[str, str]]:
    """Return each account with the state of the friendship; a phone without any friendship still opens."""
    return [
        {
            "channel_id": key,
            "name": channel.name,
            "state": STATES.get(channel.friends.get(user_id, ""), ""),
        }
        for key, channel in line.channels.items()
    ]


async def add_phone_user(request: web.Request) -> web.Response:
    line = request.app[LINE]
    name = (await fields(request)).get("name", "")
    if not 1 <= len(name) <= 20:
        error = "表示名が入力されていないか、20文字を超えています。1〜20文字で入力してください。"
        context: dict[str, Any] = {
            "people": [],
            "total": 0,
            "error": error,
            "name": name,
            "here": "phone",
        }
        return page(
            "line/phones.html", status=422, has_channel=bool(line.channels), **context
        )
    return go(f"/phone/{line.add_person(name)}/")


def found(request: web.Request, channel_id: str) -> tuple[LineState, str, Channel]:
    """Return the person and the account of a phone page, or 404."""
    line = request.app[LINE]
    user_id = request.match_info["user_id"]
    channel = (
        line.channels.get(channel_id)
        if channel_id
        else next(iter(line.channels.values()), None)
    )
    if user_id not in line.people or channel is None:
        text = (
            "この電話またはアカウントは見つかりません。/phone/ から選び直してください。"
        )
        raise web.HTTPNotFound(text=text)
    return line, user_id, channel


def shown(line: LineState, user_id: str, channel: Channel) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": line.people[user_id],
        "channel": channel,
        "state": channel.friends.get(user_id, ""),
        "bubbles": conversation(line, channel, user_id),
    }


async def phone(request: web.Request) -> web.Response:
    line, user_id, channel = found(request, request.query.get("channel", ""))
    context = shown(line, user_id, channel)
    answer = page(
        "line/phone.html", accounts=accounts(line, user_id), here="phone", **context
    )
    answer.set_cookie(COOKIE, user_id, httponly=True, samesite="Lax", path="/")
    return answer


async def talk(request: web.Request) -> web.Response:
    line, user_id, channel = found(request, request.query.get("channel", ""))
    return page("line/talk.html", **shown(line, user_id, channel))


async def act(request: web.Request) -> web.Response:
    """Carry out a tap or send a text.

    The webhook is answered before the page comes back, so that the shop's answer is seen at once.
    """
    form = await fields(request)
    line, user_id, channel = found(request, form.get("channel", ""))
    text, data = form.get("text", ""), form.get("data", "")
    match form.get("do"):
        case "follow":
            await acting.follow(line, channel, user_id)
        case "block":
            await acting.block(line, channel, user_id)
        case "postback":
            await acting.postback(line, channel, user_id, data, text)
        case "write" if text:
            await acting.write(line, channel, user_id, text[:5000])
    return go(f"/phone/{user_id}/?channel={channel.channel_id}")


async def webhooks(request: web.Request) -> web.Response:
    line = request.app[LINE]
    rows = [
        {
            **delivery,
            "name": line.people.get(delivery["user_id"], ""),
            "tries": [*map(told, delivery["tries"])],
        }
        for delivery in reversed(line.deliveries)
    ]
    return page("line/webhooks.html", rows=rows, here="webhooks")


def told(attempt: dict[str, object]) -> dict[str, object]:
    at = datetime.fromtimestamp(float(str(attempt["at"])), UTC).astimezone(JST)
    return {
        **attempt,
        "time": at.strftime("%m/%d %H:%M:%S"),
        "good": attempt["reason"] == "OK",
    }


async def again(request: web.Request) -> web.Response:
    line = request.app[LINE]
    for delivery in line.deliveries:
        if delivery["id"] == request.match_info["id"]:
            await redeliver(line, delivery)
            break
    return go("/webhooks/")
