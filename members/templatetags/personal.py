"""``{% personal member "email" %}``: the one way in which a template prints who somebody is."""

from typing import Any

from django import template

from members.attributes.personal import show_personal

register = template.Library()


@register.simple_tag
def personal(of: Any, field: str = "who") -> str:
    """``of`` and ``field`` as in members/attributes/personal.py; ``as`` keeps the text for a sentence or a heading."""
    return show_personal(of, field)
