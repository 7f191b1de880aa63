"""A content as LINE's message objects, for one person."""

from collections.abc import Mapping
from typing import Any

from messaging.channels.line.links import build_liff_url
from messaging.content.bubbles import (
    LONGEST,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Bubble,
    has_form_field,
)
from messaging.content.images import build_image_url
from messaging.content.merge import cut_units, fill_fields
from messaging.links.addresses import swap_urls
from messaging.models import Content, LineAccount

LONGEST_ALT = 400
Message = dict[str, Any]


def build_messages(
    content: Content,
    values: Mapping[str, str],
    account: LineAccount,
    links: dict[str, str],
) -> list[Message]:
    """Return the message objects in order, at most five, the quick replies on the last of them.

    ``links``: what stands for the addresses in it (messaging/links/addresses.py).
    """
    return MessageBuilder(values, account, links).build(list_bubbles(content))


def list_bubbles(content: Content) -> list[Bubble]:
    """Return all bubbles of the content, its text first; without any {form} the link of its form stands under that."""
    text = content.text
    if content.form_id and not has_form_field([text], content.bubbles):
        text = f"{text}\n\n{{form}}".strip()
    return [*([{"kind": "text", "text": text}] if text else []), *content.bubbles]


class MessageBuilder:
    """Builds message objects with one person's values filled in."""

    def __init__(
        self, values: Mapping[str, str], account: LineAccount, links: dict[str, str]
    ) -> None:
        self.values, self.account, self.links = values, account, links

    def build(self, bubbles: list[Bubble]) -> list[Message]:
        made: list[Message] = []
        for bubble in bubbles:
            if bubble["kind"] == "quick":
                actions = [self.action(each) for each in bubble["actions"]]
                items = [{"type": "action", "action": each} for each in actions]
                made[-1]["quickReply"] = {"items": items}
            else:
                made.append(getattr(self, bubble["kind"])(bubble))
        return made

    def text(self, bubble: Bubble) -> Message:
        return {"type": "text", "text": self.fill(bubble["text"], LONGEST_TEXT, True)}

    def image(self, bubble: Bubble) -> Message:
        return {
            "type": "image",
            "originalContentUrl": self.url_of(bubble["image"]),
            "previewImageUrl": self.url_of(bubble["image"], small=True),
        }

    def buttons(self, bubble: Bubble) -> Message:
        block = self.block(bubble, "buttons")
        return self.template(block["text"], {"type": "buttons", **block})

    def carousel(self, bubble: Bubble) -> Message:
        columns = [self.block(each, "carousel") for each in bubble["columns"]]
        return self.template(
            columns[0]["text"], {"type": "carousel", "columns": columns}
        )

    def template(self, alt: str, template: Message) -> Message:
        """Return a template message; the alternative text is what the notification and the list of talks show."""
        alt_text = cut_units(alt, LONGEST_ALT)
        return {"type": "template", "altText": alt_text, "template": template}

    def block(self, block: Bubble, kind: str) -> Message:
        plain, short = LONGEST[kind]
        limit = short if block["title"] or block["image"] else plain
        made: Message = {"text": self.fill(block["text"], limit)}
        if block["image"]:
            made["thumbnailImageUrl"] = self.url_of(block["image"])
        if block["title"]:
            made["title"] = self.fill(block["title"], LONGEST_TITLE)
        made["actions"] = [self.action(each) for each in block["actions"]]
        return made

    def action(self, action: Bubble) -> Message:
        label, value = action["label"], action["value"]
        if action["do"] == "say":
            return {"type": "message", "label": label, "text": value}
        if action["do"] == "form":
            value = build_liff_url(self.account, f"{value}/")
        uri = self.links.get(value, value)
        return {"type": "uri", "label": label, "uri": uri}

    def fill(self, text: str, limit: int, counted: bool = False) -> str:
        """Fill in the values; with ``counted`` the addresses too. In a card ours would be longer than its text."""
        swapped = swap_urls(text, self.links) if counted else text
        # A text may turn out blank where a member has no name; LINE refuses a blank one.
        whole = fill_fields(swapped, self.values)
        return cut_units(whole, limit) or "…"

    def url_of(self, token: str, small: bool = False) -> str:
        return build_image_url(self.account.tenant, token, small)
