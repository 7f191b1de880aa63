"""Links into the member list from other pages."""

from django import template

from members.listing.list_filter import leaf, list_url

register = template.Library()


@register.simple_tag
def members_in(field: str, value: str, **params: str) -> str:
    """Return the URL of the list of those whose ``field`` is in this state; ``params``: the tab and the like."""
    return list_url(leaf(field, "in", [value]), **params)
