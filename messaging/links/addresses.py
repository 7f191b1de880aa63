"""The links of a message, and the addresses of our own that stand for them: one for each person and link."""

import base64
import binascii
import html
import re
import uuid
from collections.abc import Iterator, Mapping

from messaging.content.bubbles import walk_actions, walk_texts
from messaging.models import Content
from tenants.models import Tenant
from tenants.realms import build_realm_url

URL = re.compile(r"https?://[^\s<>「」『』（）【】、。｜|{}\"']+")


# Where an HTML mail leads to; what else looks like an address in it is only read.
HREF = re.compile(r'(?<=href=")https?://[^"{}]+(?=")')


def list_urls(content: Content) -> list[str]:
    """Return the web addresses in the content, each once, in reading order: their places are their numbers."""
    return list(dict.fromkeys(walk_urls(content)))


def walk_urls(content: Content) -> Iterator[str]:
    yield from URL.findall(content.text)
    for bubble in content.bubbles:
        for text in walk_texts([bubble]):
            yield from URL.findall(text)
        for action in walk_actions([bubble]):
            if action["do"] == "url" and URL.fullmatch(action["value"]):
                yield action["value"]
    for part in ("text", "mobile"):
        yield from URL.findall(content.mail.get(part, ""))
    for found in HREF.findall(content.mail.get("html", "")):
        yield html.unescape(found)


def encode_token(public_id: uuid.UUID) -> str:
    """Return the delivery's public id as 22 characters of an address."""
    return base64.urlsafe_b64encode(public_id.bytes).decode().rstrip("=")


def decode_token(token: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(token + "=="))
    except (ValueError, binascii.Error):
        return None


def build_links(content: Content, tenant: Tenant, token: str) -> dict[str, str]:
    """Return {address in the content: the one that this person gets}; {} where they are not counted."""
    if not content.counts_links or not token:
        return {}
    return {
        url: build_realm_url("public", tenant, "message_pages:link", [token, number])
        for number, url in enumerate(list_urls(content))
    }


def swap_urls(text: str, links: Mapping[str, str]) -> str:
    return URL.sub(lambda found: links.get(found[0], found[0]), text) if links else text


def swap_mail_urls(mail: Mapping[str, str], links: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of a mail with this person's addresses in the place of those written."""
    if not links:
        return dict(mail)
    said = dict(mail)
    for part in ("text", "mobile"):
        said[part] = swap_urls(said.get(part, ""), links)
    said["html"] = HREF.sub(
        lambda found: html.escape(links.get(html.unescape(found[0]), found[0])),
        said.get("html", ""),
    )
    return said
