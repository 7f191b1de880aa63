"""What the member list's panel of saved conditions shows."""

from django import template
from django.template.context import Context

from members.screens.segments.toolbar import Recall, recall

register = template.Library()


@register.simple_tag(takes_context=True)
def recalled(context: Context) -> Recall:
    """Return the panel for the page whose context has ``filter`` (ListFilter) and ``tabs``."""
    return recall(context["request"], context["filter"], context["tabs"])
