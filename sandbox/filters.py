"""Template filters of the sandbox's pages."""

from django import template

register = template.Library()


@register.filter
def yen(amount: int) -> str:
    return f"¥{amount:,}"
