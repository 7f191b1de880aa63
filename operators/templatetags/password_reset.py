from django.template import Library

from operators.login.password_reset import describe_reset

register = Library()


@register.inclusion_tag("account/reset_contact.html")
def reset_contact() -> dict[str, str | int]:
    """Show whom to ask when no mail comes."""
    return describe_reset()


@register.inclusion_tag("account/reset_facts.html")
def reset_facts() -> dict[str, str | int]:
    """Show who sends the mail and how long its link lives."""
    return describe_reset()
