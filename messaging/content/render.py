"""The text of a message: its merge fields, its length as LINE counts it, and the text each member gets."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from messaging.channels.line.client import build_push_body
from messaging.channels.line.links import build_liff_url
from messaging.content.bubbles import Bubble, has_form_field, walk_texts
from messaging.content.line import build_messages
from messaging.content.merge import (
    check_fields,
    cut_units,
    estimate_units,
    fill_fields,
    list_fields,
)
from messaging.extension import extensions
from messaging.links.addresses import build_links
from messaging.models import Content, LineAccount

Values = Mapping[str, str]
NOTHING: Values = {}
LONGEST = 5000  # UTF-16 code units, which is how LINE counts
TEXT_MARK, TO_MARK = "\ue000text\ue000", "\ue000to\ue000"


@dataclass(frozen=True)
class Attachable:
    """Something above this app that a message can link to.

    ``kinds``: what it asks for ("phone", "email", …). ``tags``: the ids of the tags that answering it puts on.
    """

    public_id: str
    label: str
    kinds: Collection[str] = ()
    tags: Collection[int] = ()


def list_attachable_forms() -> list[Attachable]:
    return [form for each in extensions.values() for form in each.attachables()]


def check_text(text: str, form_id: str = "") -> None:
    """Raise ValidationError with every cause and remedy: unknown fields, a link to nothing, too long."""
    errors = [*check_fields(text), *find_missing_form([text], form_id)]
    if (length := estimate_length(text, form_id)) > LONGEST:
        message = _(
            "本文が%(length)s文字分あります。LINEの上限は%(limit)s文字です。短くしてください。"
        )
        errors.append(message % {"length": f"{length:,}", "limit": f"{LONGEST:,}"})
    if errors:
        raise ValidationError(errors)


def find_missing_form(
    texts: Sequence[str], form_id: str, bubbles: Sequence[Bubble] = ()
) -> Iterator[str]:
    """Yield the cause and the remedy where {form} is used and no form is chosen."""
    if not form_id and has_form_field(texts, bubbles):
        yield _(
            "{form}を使うにはフォームが必要です。「フォームを添える」でフォームを選ぶか、{form}を消してください。"
        )


def estimate_length(text: str, form_id: str) -> int:
    """Estimate the units that the text needs with names of NAME_ROOM units and the link."""
    return estimate_units(add_form_link(text, form_id))


def add_form_link(text: str, form_id: str, bubbles: Sequence[Bubble] = ()) -> str:
    """Add {form} under the text when there is a form and {form} stands neither in it nor in the bubbles."""
    if not form_id or has_form_field([text], bubbles):
        return text
    return f"{text}\n\n{{form}}"


def render_text(
    content: Content,
    account: LineAccount,
    name: str,
    line_name: str,
    event: Values = NOTHING,
) -> str:
    """Render the text for one person, at most LONGEST units.

    Without 氏名 the LINE name stands in, and the other way round. ``event``: what the event of the run fills in.
    """
    values = build_values(content, account, name, line_name, event)
    text = add_form_link(content.text, content.form_id, content.bubbles)
    return cut_units(fill_fields(text, values), LONGEST)


def build_values(
    content: Content,
    account: LineAccount,
    name: str,
    line_name: str,
    event: Values = NOTHING,
) -> dict[str, str]:
    form = build_liff_url(account, f"{content.form_id}/") if content.form_id else ""
    own = {"name": name or line_name, "line_name": line_name or name, "form": form}
    return {**event, **own}


def is_personal(content: Content) -> bool:
    return bool(list_used_fields(content) - {"form"})


def list_used_fields(content: Content) -> set[str]:
    """Return the names of the merge fields in any text of the content."""
    texts = [content.text, *walk_texts(content.bubbles), *content.mail.values()]
    return {name for text in texts for name in list_fields(text)}


@lru_cache(maxsize=1)
def build_push_frame() -> tuple[str, str, str]:
    """Return the body of a push before the recipient, between recipient and text, and after the text.

    LINE's SDK writes it once.
    """
    body = json.loads(build_push_body(TEXT_MARK, TO_MARK))
    whole = json.dumps(body, ensure_ascii=False)
    before, rest = whole.split(json.dumps(TO_MARK, ensure_ascii=False))
    between, after = rest.split(json.dumps(TEXT_MARK, ensure_ascii=False))
    return before, between, after


class PushBodies:
    """Push bodies for an account: what is the same for all is rendered once per content version."""

    def __init__(self, account: LineAccount, contents: Iterable[Content]) -> None:
        self.account = account
        # Read here: bodies are made inside the sender's loop, where the database may not be asked.
        assert account.tenant
        self.contents = {content.pk: content for content in contents}
        self.shared = {
            pk: self._parts(c, "", "")
            for pk, c in self.contents.items()
            if not is_personal(c) and not c.counts_links
        }

    def _parts(
        self,
        content: Content,
        name: str,
        line_name: str,
        token: str = "",
        event: Values = NOTHING,
    ) -> tuple[str, str]:
        """Return what stands in the body before and after the messages' end: texts alone go the short way."""
        links = build_links(content, self.account.tenant, token)
        if not content.bubbles and not links:
            _before, between, after = build_push_frame()
            text = render_text(content, self.account, name, line_name, event)
            return between + json.dumps(text), after
        values = build_values(content, self.account, name, line_name, event)
        messages = build_messages(content, values, self.account, links)
        return f', "messages": {json.dumps(messages)}', "}"

    def body(
        self,
        content_id: int,
        to: str | list[str],
        name: str,
        line_name: str,
        token: str = "",
        unit: str = "",
        event: Values = NOTHING,
    ) -> bytes:
        """Return the body of a call.

        ``token`` names the delivery in the links that are counted; LINE counts its own figures under ``unit``.
        """
        before = build_push_frame()[0]
        said, after = self.shared.get(content_id) or self._parts(
            self.contents[content_id], name, line_name, token, event
        )
        if unit:
            after = f'{after[:-1]}, "customAggregationUnits": ["{unit}"]}}'
        return f"{before}{json.dumps(to)}{said}{after}".encode()

    def reply_body(
        self, content_id: int, token: str, name: str, line_name: str
    ) -> bytes:
        """Return the body of a reply; ``token`` is LINE's."""
        said, after = self.shared.get(content_id) or self._parts(
            self.contents[content_id], name, line_name
        )
        return f'{{"replyToken": {json.dumps(token)}{said}{after}'.encode()
