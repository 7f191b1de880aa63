"""The phone to look at: who uses it, the conversation with each account, and the log of webhook deliveries."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.line import acting
from sandbox.line.answers import LINE
from sandbox.line.bubbles import JST, build_conversation
from sandbox.line.state import Channel, LineState
from sandbox.line.webhooks import redeliver_event
from sandbox.pages import read_form, redirect_to, render_page

STATES = {"friend": "友だち", "blocked": "ブロック中"}
COOKIE = "sandbox_user"


def add_phone(app: web.Application) -> None:
    app.router.add_get("/", redirect_home)
    app.router.add_get("/phone/", list_phones)
    app.router.add_post("/phone/", add_phone_user)
    app.router.add_get("/phone/{user_id}/", show_phone)
    app.router.add_get("/phone/{user_id}/talk", show_talk)
    app.router.add_post("/phone/{user_id}/act", submit_act)
    app.router.add_get("/webhooks/", show_webhooks)
    app.router.add_post("/webhooks/{id}/redeliver", redeliver_webhook)


async def redirect_home(request: web.Request) -> web.Response:
    return redirect_to("/phone/")


async def list_phones(request: web.Request) -> web.Response:
    """List the phones, newest first, a hundred at most; the rest is found by name."""
    line = request.app[LINE]
    wanted = request.query.get("q", "").strip()
    found = [
        (key, name) for key, name in reversed(line.people.items()) if wanted in name
    ]
    people = [
        {"user_id": key, "name": name, "accounts": list_accounts(line, key)}
        for key, name in found[:100]
    ]
    context: dict[str, Any] = {
        "people": people,
        "total": len(found),
        "q": wanted,
        "here": "phone",
    }
    return render_page("line/phones.html", has_channel=bool(line.channels), **context)


def list_accounts(line: LineState, user_id: str) -> list[dict[str, str]]:
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
    name = (await read_form(request)).get("name", "")
    if not 1 <= len(name) <= 20:
        error = "表示名が入力されていないか、20文字を超えています。1〜20文字で入力してください。"
        context: dict[str, Any] = {
            "people": [],
            "total": 0,
            "error": error,
            "name": name,
            "here": "phone",
        }
        return render_page(
            "line/phones.html", status=422, has_channel=bool(line.channels), **context
        )
    return redirect_to(f"/phone/{line.add_person(name)}/")


def find_phone_or_404(
    request: web.Request, channel_id: str
) -> tuple[LineState, str, Channel]:
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


def build_phone_context(
    line: LineState, user_id: str, channel: Channel
) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": line.people[user_id],
        "channel": channel,
        "state": channel.friends.get(user_id, ""),
        "bubbles": build_conversation(line, channel, user_id),
    }


async def show_phone(request: web.Request) -> web.Response:
    line, user_id, channel = find_phone_or_404(
        request, request.query.get("channel", "")
    )
    context = build_phone_context(line, user_id, channel)
    answer = render_page(
        "line/phone.html",
        accounts=list_accounts(line, user_id),
        here="phone",
        **context,
    )
    answer.set_cookie(COOKIE, user_id, httponly=True, samesite="Lax", path="/")
    return answer


async def show_talk(request: web.Request) -> web.Response:
    line, user_id, channel = find_phone_or_404(
        request, request.query.get("channel", "")
    )
    return render_page("line/talk.html", **build_phone_context(line, user_id, channel))


async def submit_act(request: web.Request) -> web.Response:
    """Carry out a tap or send a text.

    The webhook is answered before the page comes back, so that the shop's answer is seen at once.
    """
    form = await read_form(request)
    line, user_id, channel = find_phone_or_404(request, form.get("channel", ""))
    text, data = form.get("text", ""), form.get("data", "")
    match form.get("do"):
        case "follow":
            await acting.follow_account(line, channel, user_id)
        case "block":
            await acting.block_account(line, channel, user_id)
        case "postback":
            await acting.send_postback(line, channel, user_id, data, text)
        case "write" if text:
            await acting.write_message(line, channel, user_id, text[:5000])
    return redirect_to(f"/phone/{user_id}/?channel={channel.channel_id}")


async def show_webhooks(request: web.Request) -> web.Response:
    line = request.app[LINE]
    rows = [
        {
            **delivery,
            "name": line.people.get(delivery["user_id"], ""),
            "tries": [*map(describe_attempt, delivery["tries"])],
        }
        for delivery in reversed(line.deliveries)
    ]
    return render_page("line/webhooks.html", rows=rows, here="webhooks")


def describe_attempt(attempt: dict[str, object]) -> dict[str, object]:
    at = datetime.fromtimestamp(float(str(attempt["at"])), UTC).astimezone(JST)
    return {
        **attempt,
        "time": at.strftime("%m/%d %H:%M:%S"),
        "good": attempt["reason"] == "OK",
    }


async def redeliver_webhook(request: web.Request) -> web.Response:
    line = request.app[LINE]
    for delivery in line.deliveries:
        if delivery["id"] == request.match_info["id"]:
            await redeliver_event(line, delivery)
            break
    return redirect_to("/webhooks/")
