"""What was written, as the fields of the editor show it again."""

from typing import Any

from messaging.content.make import Written, read_written
from messaging.models import Broadcast, Content, Step

# Part of a mail → the field that it is written in.
MAIL_FIELDS = {
    "subject": "subject",
    "text": "mail_text",
    "mobile": "mobile",
    "html": "html",
}


def read_content_fields(content: Content) -> dict[str, Any]:
    """Return the fields of a content that goes by one channel, as the editor shows them."""
    mail = {name: content.mail.get(part, "") for part, name in MAIL_FIELDS.items()}
    line = {"text": content.text, "form_id": content.form_id}
    return {"way": content.kind, **line, **mail}


def read_typed_fields(said: Step | Broadcast) -> dict[str, Any]:
    """Return the fields of what a step or a broadcast says, as the editor shows them."""
    return list_typed_fields(read_written(said))


def list_typed_fields(written: Written) -> dict[str, Any]:
    names = ("way", "text", "form_id", "subject", "mail_text", "mobile", "html")
    return {name: getattr(written, name) for name in names}
