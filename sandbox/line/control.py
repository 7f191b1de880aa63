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
from sandbox.line.webhooks import redeliver_event
from sandbox.pages import read_form as posted
from sandbox.pages import redirect_to, render_page

Json = dict[str, Any]


def add_control(app: web.Application) -> None:
    app.router.add_get("/sandbox/channels", make_json_handler(list_channels))
    app.router.add_post("/sandbox/channels", make_json_handler(register_channel))
    app.router.add_post("/sandbox/friends", make_json_handler(add_friends))
    app.router.add_post("/sandbox/act", make_json_handler(perform_act))
    app.router.add_get("/sandbox/talks/{user_id}", make_json_handler(read_talk))
    app.router.add_get("/sandbox/webhooks", make_json_handler(list_webhooks))
    app.router.add_post(
        "/sandbox/webhooks/{id}/redeliver", make_json_handler(repeat_delivery)
    )
    app.router.add_post("/sandbox/idtokens", make_json_handler(issue_id_token))
    app.router.add_get("/sandbox/faults", make_json_handler(show_faults))
    app.router.add_post("/sandbox/faults", make_json_handler(set_faults))
    app.router.add_get("/sandbox/stats", make_json_handler(read_stats))
    app.router.add_delete("/sandbox/stats", make_json_handler(forget_counts))
    app.router.add_post("/sandbox/record", make_json_handler(set_record_mode))
    app.router.add_get("/faults/", show_faults_page)
    app.router.add_post("/faults/", save_faults)


def make_json_handler(
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


def find_channel(line: LineState, channel_id: object) -> Channel:
    """Return the channel with this id, or the only one there is. KeyError or ValueError when there is neither."""
    if channel_id:
        return line.channels[str(channel_id)]
    (channel,) = line.channels.values()
    return channel


def describe_channel(channel: Channel) -> Json:
    """Return all settings of the channel but the secret and the token."""
    names = [
        name for name in SETTINGS if name not in ("channel_secret", "access_token")
    ]
    shown = {name: getattr(channel, name) for name in [*names, "quota", "used"]}
    return {**shown, "bot_user_id": channel.bot_user_id}


async def list_channels(request: web.Request, line: LineState) -> Json:
    return {
        "channels": [describe_channel(channel) for channel in line.channels.values()]
    }


async def register_channel(request: web.Request, line: LineState) -> Json:
    return describe_channel(line.register(await request.json()))


async def add_friends(request: web.Request, line: LineState) -> Json:
    """Add friends without events: {channel_id, friends: [{user_id, name}]}."""
    body = await request.json()
    return {
        "friends": line.add_friends(
            find_channel(line, body.get("channel_id")), body["friends"]
        )
    }


async def perform_act(request: web.Request, line: LineState) -> Json:
    """Act as a person on the phone, and return the webhook delivery.

    {channel_id, do: follow|block|write|postback, user_id | name, text, data}
    """
    body = await request.json()
    channel = find_channel(line, body.get("channel_id"))
    user_id = body.get("user_id") or line.add_person(body["name"])
    line.people.setdefault(user_id, body.get("name") or "名前なし")
    if body["do"] == "follow":
        return await acting.follow_account(line, channel, user_id)
    if body["do"] == "block":
        return await acting.block_account(line, channel, user_id)
    if body["do"] == "write":
        return await acting.write_message(line, channel, user_id, body["text"])
    if body["do"] == "postback":
        return await acting.send_postback(
            line, channel, user_id, body["data"], body.get("text", "")
        )
    raise ValueError("do は follow, block, write, postback のどれかです。")


async def read_talk(request: web.Request, line: LineState) -> Json:
    channel = find_channel(line, request.query.get("channel_id"))
    user_id = request.match_info["user_id"]
    bubbles = channel.talks.get(user_id, [])
    return {
        "user_id": user_id,
        "state": channel.friends.get(user_id, "none"),
        "bubbles": bubbles,
    }


async def list_webhooks(request: web.Request, line: LineState) -> Json:
    return {"deliveries": list(line.deliveries)}


async def repeat_delivery(request: web.Request, line: LineState) -> Json:
    found = [d for d in line.deliveries if d["id"] == request.match_info["id"]]
    if not found:
        raise KeyError(request.match_info["id"])
    return await redeliver_event(line, found[0])


async def issue_id_token(request: web.Request, line: LineState) -> Json:
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


async def set_faults(request: web.Request, line: LineState) -> Json:
    """Replace all faults by the body; {} switches them off."""
    line.faults = Faults(**await request.json())
    line.changed()
    return await show_faults(request, line)


async def read_stats(request: web.Request, line: LineState) -> Json:
    """Return statuses and counts; ?users=0 leaves out the counts per user."""
    users = request.query.get("users") != "0"
    counted = {
        key: sum_counts(channel, users) for key, channel in line.channels.items()
    }
    return {
        "statuses": {str(status): n for status, n in line.statuses.items()},
        "channels": counted,
    }


def sum_counts(channel: Channel, users: bool = True) -> Json:
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


async def forget_counts(request: web.Request, line: LineState) -> Json:
    """Reset counters and retry keys; friends and conversations stay."""
    for channel in line.channels.values():
        channel.forget_counts()
    line.statuses.clear()
    line.changed()
    return {"forgotten_at": time.time()}


async def set_record_mode(request: web.Request, line: LineState) -> Json:
    """Set what is recorded: {mode: "full" | "counts"}."""
    mode = (await request.json())["mode"]
    if mode not in ("full", "counts"):
        raise ValueError("mode は full か counts です。")
    line.record = mode
    return {"mode": mode}


async def show_faults_page(request: web.Request) -> web.Response:
    line = request.app[LINE]
    shown = [
        sum_counts(channel, users=False) | {"name": channel.name}
        for channel in line.channels.values()
    ]
    statuses = sorted(line.statuses.items())
    return render_page(
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
            sum_counts(channel, users=False) | {"name": channel.name}
            for channel in line.channels.values()
        ]
        context = {
            "faults": form,
            "counts": shown,
            "error": str(error),
            "here": "faults",
        }
        return render_page("line/faults.html", status=422, **context)
    line.changed()
    return redirect_to("/faults/")
