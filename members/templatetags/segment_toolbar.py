"""What the member list's panel of saved conditions shows."""

from django import template
from django.template.context import Context

from members.screens.segments.toolbar import SegmentToolbar, build_segment_toolbar

register = template.Library()


@register.simple_tag(takes_context=True)
def recalled(context: Context) -> SegmentToolbar:
    """Return the panel for the page whose context has ``filter`` (ListFilter) and ``tabs``."""
    return build_segment_toolbar(context["request"], context["filter"], context["tabs"])
