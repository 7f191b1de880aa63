"""Links into the member list from other pages, and its conditions in words."""

from django import template

from members.conditions.sentences import describe_condition
from members.listing.list_filter import build_leaf, build_list_url

register = template.Library()
register.filter("sentence", describe_condition)


@register.simple_tag
def members_in(field: str, value: str, **params: str) -> str:
    """Return the URL of the list of those whose ``field`` is in this state; ``params``: the tab and the like."""
    return build_list_url(build_leaf(field, "in", [value]), **params)
