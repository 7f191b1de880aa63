"""/sandbox/*: what tests and `make run` control and ask, in JSON; the page of the faults."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Any

from aiohttp import web

from sandbox.line import acting
from sandbox.line.answers import LINE
from sandbox.line.faults import Faults
from sandbox.line.state import SETTINGS, Channel, LineState
from sandbox.line.webhooks import redeliver
from sandbox.pages import fields as posted
from sandbox.pages import go, page

Json = dict[str, Any]


def add_control(app: web.Application) -> None:
    app.router.add_get("/sandbox/channels", answered(channels))
    app.router.add_post("/sandbox/channels", answered(register))
    app.router.add_post("/sandbox/friends", answered(friends))
    app.router.add_post("/sandbox/act", answered(act))
    app.router.add_get("/sandbox/talks/{user_id}", answered(talk))
    app.router.add_get("/sandbox/webhooks", answered(webhooks))
    app.router.add_post("/sandbox/webhooks/{id}/redeliver", answered(again))
    app.router.add_post("/sandbox/idtokens", answered(id_token))
    app.router.add_get("/sandbox/faults", answered(show_faults))
    app.router.add_post("/sandbox/faults", answered(order_faults))
    app.router.add_get("/sandbox/stats", answered(stats))
    app.router.add_delete("/sandbox/stats", answered(forget))
    app.router.add_post("/sandbox/record", answered(record))
    app.router.add_get("/faults/", faults_page)
    app.router.add_post("/faults/", save_faults)


def answered(
    verb: Callable[[web.Request, LineState], Awaitable[Json]],
) -> Callable[[web.Request], Any]:
    """Make a handler that answers in JSON; a missing or wrong value is a 400 that names it."""

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await verb(request, request.app[LINE]))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response(
                {"message": f"指定が正しくありません：{error}"}, status=400
            )

    return handler


def channel_named(line: LineState, channel_id: object) -> Channel:
    """Return the channel with this id, or the only one there is. KeyError or ValueError when there is neither."""
    if channel_id:
        return line.channels[str(channel_id)]
    (channel,) = line.channels.values()
    return channel


def settings(channel: Channel) -> Json:
    """Return all settings of the channel but the secret and the token."""
    names = [
        name for name in SETTINGS if name not in ("channel_secret", "access_token")
    ]
    shown = {name: getattr(channel, name) for name in [*names, "quota", "used"]}
    return {**shown, "bot_user_id": channel.bot_user_id}


async def channels(request: web.Request, line: LineState) -> Json:
    return {"channels": [settings(channel) for channel in line.channels.values()]}


async def register(request: web.Request, line: LineState) -> Json:
    return settings(line.register(await request.json()))


async def friends(request: web.Request, line: LineState) -> Json:
    """Add friends without events: {channel_id, friends: [{user_id, name}]}."""
    body = await request.json()
    return {
        "friends": line.add_friends(
            channel_named(line, body.get("channel_id")), body["friends"]
        )
    }


async def act(request: web.Request, line: LineState) -> Json:
    """Act as a person on the phone, and return the webhook delivery.

    {channel_id, do: follow|block|write|postback, user_id | name, text, data}
    """
    body = await request.json()
    channel = channel_named(line, body.get("channel_id"))
    user_id = body.get("user_id") or line.add_person(body["name"])
    line.people.setdefault(user_id, body.get("name") or "名前なし")
    if body["do"] == "follow":
        return await acting.follow(line, channel, user_id)
    if body["do"] == "block":
        return await acting.block(line, channel, user_id)
    if body["do"] == "write":
        return await acting.write(line, channel, user_id, body["text"])
    if body["do"] == "postback":
        return await acting.postback(
            line, channel, user_id, body["data"], body.get("text", "")
        )
    raise ValueError("do は follow, block, write, postback のどれかです。")


async def talk(request: web.Request, line: LineState) -> Json:
    channel = channel_named(line, request.query.get("channel_id"))
    user_id = request.match_info["user_id"]
    bubbles = channel.talks.get(user_id, [])
    return {
        "user_id": user_id,
        "state": channel.friends.get(user_id, "none"),
        "bubbles": bubbles,
    }


async def webhooks(request: web.Request, line: LineState) -> Json:
    return {"deliveries": list(line.deliveries)}


async def again(request: web.Request, line: LineState) -> Json:
    found = [d for d in line.deliveries if d["id"] == request.match_info["id"]]
    if not found:
        raise KeyError(request.match_info["id"])
    return await redeliver(line, found[0])


async def id_token(request: web.Request, line: LineState) -> Json:
    """Issue an ID token, right or wrong on purpose.

    {user_id, login_channel_id, name?, lifetime?, claims?} -> {id_token}
    """
    body = await request.json()
    name = body.get("name") or line.people.get(body["user_id"], "名前なし")
    lifetime, claims = body.get("lifetime", 3600), body.get("claims", {})
    token = line.signer.id_token(
        body["user_id"], name, body["login_channel_id"], lifetime, **claims
    )
    return {"id_token": token}


async def show_faults(request: web.Request, line: LineState) -> Json:
    return asdict(line.faults)


async def order_faults(request: web.Request, line: LineState) -> Json:
    """Replace all faults by the body; {} switches them off."""
    line.faults = Faults(**await request.json())
    line.changed()
    return await show_faults(request, line)


async def stats(request: web.Request, line: LineState) -> Json:
    """Return statuses and counts; ?users=0 leaves out the counts per user."""
    users = request.query.get("users") != "0"
    counted = {key: counts(channel, users) for key, channel in line.channels.items()}
    return {
        "statuses": {str(status): n for status, n in line.statuses.items()},
        "channels": counted,
    }


def counts(channel: Channel, users: bool = True) -> Json:
    """Return the sums of one channel.

    A duplicate is the same content accepted twice for one person, under different keys.
    """
    doubled = [
        (*key.split(":"), times) for key, times in channel.seen.items() if times > 1
    ]
    return {
        "recipients": channel.accepted.total(),
        "unique_recipients": len(channel.accepted),
        "delivered": channel.delivered,
        "used": channel.used,
        "keys": len(channel.keys),
        "replays": channel.replays,
        "mismatched_keys": channel.mismatched_keys,
        "peak_per_second": max(channel.per_second.values(), default=0),
        "duplicates": [
            {"user_id": user, "content": content, "times": times}
            for user, content, times in doubled
        ],
        **({"accepted": dict(channel.accepted)} if users else {}),
    }


async def forget(request: web.Request, line: LineState) -> Json:
    """Reset counters and retry keys; friends and conversations stay."""
    for channel in line.channels.values():
        channel.forget_counts()
    line.statuses.clear()
    line.changed()
    return {"forgotten_at": time.time()}


async def record(request: web.Request, line: LineState) -> Json:
    """Set what is recorded: {mode: "full" | "counts"}."""
    mode = (await request.json())["mode"]
    if mode not in ("full", "counts"):
        raise ValueError("mode は full か counts です。")
    line.record = mode
    return {"mode": mode}


async def faults_page(request: web.Request) -> web.Response:
    line = request.app[LINE]
    shown = [
        counts(channel, users=False) | {"name": channel.name}
        for channel in line.channels.values()
    ]
    statuses = sorted(line.statuses.items())
    return page(
        "line/faults.html",
        faults=line.faults,
        counts=shown,
        statuses=statuses,
        here="faults",
    )


async def save_faults(request: web.Request) -> web.StreamResponse:
    line = request.app[LINE]
    form = await posted(request)
    kinds: dict[str, type] = {f.name: type(f.default) for f in fields(Faults)}
    try:
        line.faults = Faults(
            **{
                n: "quota_429" in form if k is bool else k(form.get(n) or 0)
                for n, k in kinds.items()
            }
        )
    except ValueError as error:
        shown = [
            counts(channel, users=False) | {"name": channel.name}
            for channel in line.channels.values()
        ]
        context = {
            "faults": form,
            "counts": shown,
            "error": str(error),
            "here": "faults",
        }
        return page("line/faults.html", status=422, **context)
    line.changed()
    return go("/faults/")
