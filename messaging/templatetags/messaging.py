"""Filters of the message pages."""

from django import template

from messaging.scenarios.durations import after_words

register = template.Library()
register.filter("after", after_words)


@register.filter
def list_of(thing: object) -> list[object]:
    """Wrap one thing in a list, for a part of a page that wants a list."""
    return [thing]
