"""LINE's checks of message objects, with LINE's error details. Lengths of texts count UTF-16 units."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.line.answers import RequestRefused

Detail = dict[str, str]
OUR_OWN = ("http://127.0.0.1", "http://localhost", "http://testserver")
SCHEMES = ("http://", "https://", "line://", "tel:")
KINDS = {
    "text",
    "textV2",
    "sticker",
    "image",
    "video",
    "audio",
    "location",
    "imagemap",
    "template",
    "flex",
    "coupon",
}


def count_utf16_units(text: str) -> int:
    """Count UTF-16 code units: 𠮷 and 😀 are two."""
    return (
        len(text)
        if text.isascii()
        else len(text.encode("utf-16-le", "surrogatepass")) // 2
    )


def check_messages(messages: Any) -> None:
    """Refuse with 400 and all details when LINE would not accept these messages."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        details = [{"message": "Size must be between 1 and 5", "property": "messages"}]
    else:
        details = [
            d
            for n, message in enumerate(messages)
            for d in find_message_faults(message, f"messages[{n}]")
        ]
    if details:
        raise RequestRefused(
            400, f"The request body has {len(details)} error(s)", details
        )


def find_message_faults(message: Any, where: str) -> Iterator[Detail]:
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "text" or kind == "textV2":
        yield from _check_length(message.get("text"), 5000, f"{where}.text")
    elif kind not in KINDS:
        yield _make_detail(
            f"Must be one of the following values: {sorted(KINDS)}", f"{where}.type"
        )
    elif kind in ("image", "video"):
        for name in ("originalContentUrl", "previewImageUrl"):
            yield from _check_picture(message.get(name), f"{where}.{name}")
    if isinstance(message, dict) and "quickReply" in message:
        yield from _check_quick_reply(message["quickReply"], f"{where}.quickReply")
    if kind in ("template", "flex", "imagemap"):
        yield from _check_length(message.get("altText"), 1500, f"{where}.altText")
        yield from (
            _check_template(message.get("template"), f"{where}.template")
            if kind == "template"
            else ()
        )
        yield from (
            _check_flex(message.get("contents"), f"{where}.contents")
            if kind == "flex"
            else ()
        )


def _make_detail(message: str, where: str) -> Detail:
    return {"message": message, "property": where}


def _check_length(text: Any, most: int, where: str) -> Iterator[Detail]:
    if not isinstance(text, str) or not text:
        yield _make_detail("May not be empty", where)
    elif len(text) > most // 2 and count_utf16_units(text) > most:
        yield _make_detail(f"Length must be between 0 and {most}", where)


def _check_picture(url: Any, where: str) -> Iterator[Detail]:
    """LINE wants HTTPS; here the console itself, on this machine, is let in as well."""
    if not str(url or "").startswith(("https://", *OUR_OWN)):
        yield _make_detail("Must be a valid HTTPS URL", where)
    elif len(str(url)) > 2000:
        yield _make_detail("Length must be between 0 and 2000", where)


def _check_quick_reply(reply: Any, where: str) -> Iterator[Detail]:
    items = reply.get("items") if isinstance(reply, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= 13:
        yield _make_detail("Size must be between 1 and 13", f"{where}.items")
        return
    for n, item in enumerate(items):
        yield from _check_action(item.get("action"), f"{where}.items[{n}].action")


def _check_columns(columns: list[Any], where: str) -> Iterator[Detail]:
    """Check that cards are alike: so many actions, and a title and a picture in all of them or in none."""
    if not 1 <= len(columns) <= 10:
        yield _make_detail("Size must be between 1 and 10", where)
        return
    for n, column in enumerate(columns):
        yield from _check_block(column, (120, 60), 3, f"{where}[{n}]")
    shapes = {
        (
            len(column.get("actions") or ()),
            "title" in column,
            "thumbnailImageUrl" in column,
        )
        for column in columns
    }
    if len(shapes) > 1:
        yield _make_detail("The columns must have the same number of actions", where)


def _check_block(
    block: dict[str, Any], limits: tuple[int, int], actions: int, where: str
) -> Iterator[Detail]:
    short = block.get("title") or block.get("thumbnailImageUrl")
    yield from _check_length(
        block.get("text"), limits[1] if short else limits[0], f"{where}.text"
    )
    if "title" in block:
        yield from _check_length(block["title"], 40, f"{where}.title")
    if "thumbnailImageUrl" in block:
        yield from _check_picture(
            block["thumbnailImageUrl"], f"{where}.thumbnailImageUrl"
        )
    yield from _check_actions(block.get("actions"), 1, actions, f"{where}.actions")


def _check_action(action: Any, where: str) -> Iterator[Detail]:
    if not isinstance(action, dict):
        yield _make_detail("May not be empty", where)
        return
    yield from _check_length(action.get("label"), 20, f"{where}.label")
    if action.get("type") == "uri":
        yield from _check_length(action.get("uri"), 1000, f"{where}.uri")
        if not str(action.get("uri")).startswith(SCHEMES):
            yield _make_detail("Must be a valid URI", f"{where}.uri")
    if action.get("type") == "message":
        yield from _check_length(action.get("text"), 300, f"{where}.text")


def _check_template(template: Any, where: str) -> Iterator[Detail]:
    if not isinstance(template, dict):
        yield _make_detail("May not be empty", where)
        return
    kind = template.get("type")
    columns = (
        template.get("columns") if kind in ("carousel", "image_carousel") else None
    )
    if columns is not None and kind == "carousel":
        yield from _check_columns(columns, f"{where}.columns")
    elif columns is not None and not 1 <= len(columns) <= 10:
        yield _make_detail("Size must be between 1 and 10", f"{where}.columns")
    if kind == "buttons":
        yield from _check_block(template, (160, 60), 4, where)
    elif kind == "confirm":
        yield from _check_length(template.get("text"), 240, f"{where}.text")
        yield from _check_actions(template.get("actions"), 2, 2, f"{where}.actions")
    elif kind not in ("carousel", "image_carousel"):
        yield _make_detail(
            "Must be one of the following values: [buttons, carousel, confirm, image_carousel]",
            where,
        )


def _check_actions(actions: Any, least: int, most: int, where: str) -> Iterator[Detail]:
    if not isinstance(actions, list) or not least <= len(actions) <= most:
        yield _make_detail(f"Size must be between {least} and {most}", where)
        return
    for n, action in enumerate(actions):
        yield from _check_action(action, f"{where}[{n}]")


def _check_flex(contents: Any, where: str) -> Iterator[Detail]:
    if not isinstance(contents, dict) or contents.get("type") not in (
        "bubble",
        "carousel",
    ):
        yield _make_detail(
            "Must be one of the following values: [bubble, carousel]", f"{where}.type"
        )
        return
    bubbles = (
        contents.get("contents", []) if contents["type"] == "carousel" else [contents]
    )
    if len(bubbles) > 12:
        yield _make_detail("Size must be between 1 and 12", f"{where}.contents")
    if len(json.dumps(contents, ensure_ascii=False).encode()) > (
        30_000 if len(bubbles) == 1 else 50_000
    ):
        yield _make_detail("The flex message is too large", where)
