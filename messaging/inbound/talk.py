"""Keep what customers write, so that operators can read it beside the customer.

Source of the kinds and of what taking back asks for: developers.line.biz/en/reference/messaging-api/#message-event
and #unsend-event.
"""

from typing import Any

from members.identity.friendship import find_survivor
from members.models import Member
from messaging.models import InboundMessage, WebhookEvent

Kind = InboundMessage.Kind


def store_message(event: WebhookEvent) -> InboundMessage | None:
    """Keep the message that the event brings, for the member who has the LINE account by now; once, however often.

    A message that its writer took back loses its text here and in the event that brought it, also where the taking back
    is heard of first. Return the message where this event brought it for the first time.
    """
    if event.kind not in ("message", "unsend"):
        return None
    found = event.payload.get(event.kind)
    part: dict[str, Any] = found if isinstance(found, dict) else {}
    message_id = part.get("id" if event.kind == "message" else "messageId")
    member = Member.objects.filter(line_user_id=event.user_id).first()
    if not event.user_id or not member or not isinstance(message_id, str):
        return None
    is_unsent = event.kind == "unsend"
    kind, text = (Kind.OTHER, "") if is_unsent else read_message(part)
    message, made = InboundMessage.objects.get_or_create(
        account_id=event.account_id,
        message_id=message_id[:40],
        defaults={
            "event": event,
            "member": find_survivor(member),
            "kind": kind,
            "text": text,
            "is_unsent": is_unsent,
            "at": event.occurred_at,
        },
    )
    if is_unsent and not made:
        forget_text(message)
    elif message.is_unsent and not is_unsent:
        WebhookEvent.objects.filter(pk=event.pk).update(payload={})
    return message if made and not is_unsent else None


def read_message(part: dict[str, Any]) -> tuple[Kind, str]:
    """Return the kind and the words of a message: its text, a file's name, a place's title and address."""
    kind = part.get("type")
    if kind not in Kind.values:
        return Kind.OTHER, ""
    words = {
        Kind.TEXT: ("text",),
        Kind.FILE: ("fileName",),
        Kind.LOCATION: ("title", "address"),
    }.get(Kind(kind), ())
    found = (part.get(word) for word in words)
    return Kind(kind), "\n".join(
        text for text in found if isinstance(text, str) and text
    )


def forget_text(message: InboundMessage) -> None:
    """Take the words away of a message that its writer took back; that it was there stays."""
    InboundMessage.objects.filter(pk=message.pk).update(text="", is_unsent=True)
    WebhookEvent.objects.filter(pk=message.event_id, kind="message").update(payload={})
