"""Filters of the message pages."""

from django import template

from messaging.content.render import render_text
from messaging.models import Delivery
from messaging.scenarios.durations import describe_delay

register = template.Library()
register.filter("after", describe_delay)


@register.filter
def list_of(thing: object) -> list[object]:
    """Wrap one thing in a list, for a part of a page that wants a list."""
    return [thing]


@register.filter
def delivered_text(delivery: Delivery) -> str:
    """Return the text as it went out, or would go out now."""
    member = delivery.member
    return render_text(
        delivery.content, delivery.account, member.name, member.line_name
    )
