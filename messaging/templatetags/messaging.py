"""Filters of the message pages."""

from django import template

from messaging.accounts.stop_all import find_open_stop
from messaging.content.render import render_text
from messaging.models import Content, Delivery, SendingStop
from messaging.scenarios.durations import describe_delay

register = template.Library()
register.filter("after", describe_delay)


@register.simple_tag
def find_stop() -> SendingStop | None:
    """Return the stop of all sends that holds now."""
    return find_open_stop()


@register.filter
def list_of(thing: object) -> list[object]:
    """Wrap one thing in a list, for a part of a page that wants a list."""
    return [thing]


@register.filter
def delivered_text(delivery: Delivery) -> str:
    """Return the text as it went out, or would go out now."""
    member, account = delivery.member, delivery.sender.account
    values = (delivery.call and delivery.call.values) or {
        "name": member.name if member else "",
        "line_name": member.line_name if member else "",
    }
    if delivery.content.kind == Content.Kind.MAIL:
        mail = delivery.content.mail
        return f"{mail['subject']}\n\n{mail['text']}"
    return render_text(
        delivery.content, account, values.get("name", ""), values.get("line_name", "")
    )
