"""Words of the RPA screens."""

from django import template

from rpa.models import SearchKey

register = template.Library()


@register.filter
def key_label(key: str) -> str:
    """Return what a search key is called on the screens."""
    return str(SearchKey(key).label)
