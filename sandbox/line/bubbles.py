"""Message objects turned into what the phone page shows: texts with links, buttons, and a description of the rest."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.line.state import Channel, LineState

JST = timezone(timedelta(hours=9))
LINK = re.compile(r"https?://[\w\-./?%&=#:~+,;@!$'*]+", re.ASCII)
LABELS = {
    "image": "画像",
    "video": "動画",
    "audio": "音声",
    "sticker": "スタンプ",
    "location": "位置情報",
}
JsonObject = dict[str, Any]


def build_conversation(
    line: LineState, channel: Channel, user_id: str
) -> list[JsonObject]:
    """Return the bubbles for the template, oldest first; quick replies only on the last one."""
    talk = channel.talks.get(user_id, [])
    shown = [build_bubble(line, user_id, raw) for raw in talk]
    for earlier in shown[:-1]:
        earlier["quick"] = []
    return shown


def build_bubble(line: LineState, user_id: str, raw: JsonObject) -> JsonObject:
    at = datetime.fromtimestamp(raw["at"], UTC).astimezone(JST)
    message = raw.get("message") or {"type": "text", "text": raw.get("text", "")}
    quick = message.get("quickReply", {}).get("items", [])
    return {
        "by": raw["from"],
        "time": at.strftime("%H:%M"),
        "stamp": at.isoformat(timespec="seconds"),
        "parts": split_links(line, user_id, message),
        "pictures": list(walk_pictures(message)),
        "actions": [
            build_action(line, user_id, found) for found in walk_actions(message)
        ],
        "quick": [
            build_action(line, user_id, item.get("action", {})) for item in quick
        ],
    }


def split_links(line: LineState, user_id: str, message: JsonObject) -> list[JsonObject]:
    """Split the text into plain pieces and links."""
    text = extract_text(message)
    pieces, end = [], 0
    for found in LINK.finditer(text):
        pieces.append({"text": text[end : found.start()]})
        pieces.append(
            {"text": found[0], "href": resolve_tapped_url(line, user_id, found[0])}
        )
        end = found.end()
    return [piece for piece in [*pieces, {"text": text[end:]}] if piece["text"]]


def resolve_tapped_url(line: LineState, user_id: str, url: str) -> str:
    """Return the address that a tap opens.

    A LIFF address gets the user of this phone added, because several phones share one browser here.
    """
    if url.startswith("https://liff.line.me/"):
        url = line.base_url + "/liff/" + url.removeprefix("https://liff.line.me/")
    if not url.startswith(line.base_url + "/liff/"):
        return url
    cut = urlsplit(url)
    query = urlencode(
        [*parse_qsl(cut.query, keep_blank_values=True), ("sandbox_user", user_id)]
    )
    return urlunsplit(cut._replace(query=query))


def extract_text(message: JsonObject) -> str:
    kind = message.get("type")
    if kind in ("text", "textV2"):
        return str(message["text"])
    if kind == "template":
        template = message["template"]
        columns = template.get("columns", [template])
        return "\n".join(
            str(c[name]) for c in columns for name in ("title", "text") if c.get(name)
        )
    if kind == "flex":
        return "\n".join(walk_texts(message["contents"])) or message["altText"]
    if kind == "image":
        return ""
    return f"［{LABELS.get(str(kind), message.get('altText', kind))}］"


def walk_texts(node: Any) -> Iterator[str]:
    """Yield all text components of a flex container, in reading order."""
    if isinstance(node, list):
        for child in node:
            yield from walk_texts(child)
    elif isinstance(node, dict):
        if node.get("type") == "text" and node.get("text"):
            yield node["text"]
        for name in ("header", "hero", "body", "footer", "contents"):
            yield from walk_texts(node.get(name))


def walk_pictures(message: JsonObject) -> Iterator[str]:
    """Yield the addresses of the pictures that the bubble shows."""
    if message.get("type") == "image":
        yield str(message["originalContentUrl"])
    template = message.get("template") or {}
    for block in template.get("columns", [template]):
        if block.get("thumbnailImageUrl"):
            yield str(block["thumbnailImageUrl"])


def walk_actions(node: Any) -> Iterator[JsonObject]:
    """Yield all buttons of a template or flex message, in reading order."""
    if isinstance(node, list):
        for child in node:
            yield from walk_actions(child)
    elif isinstance(node, dict):
        if "label" in node and node.get("type") in ("uri", "message", "postback"):
            yield node
        for name in (
            "template",
            "columns",
            "actions",
            "action",
            "header",
            "hero",
            "body",
            "footer",
            "contents",
        ):
            yield from walk_actions(node.get(name))


def build_action(line: LineState, user_id: str, found: JsonObject) -> JsonObject:
    label = found.get("label", "")
    if found.get("type") == "uri":
        return {
            "label": label,
            "href": resolve_tapped_url(line, user_id, found.get("uri", "")),
        }
    if found.get("type") == "postback":
        return {
            "label": label,
            "do": "postback",
            "data": found.get("data", ""),
            "text": found.get("displayText", ""),
        }
    return {"label": label, "do": "write", "text": found.get("text", label)}
