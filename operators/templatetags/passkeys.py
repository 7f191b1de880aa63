"""What the pages of passkeys hand to their script."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.template import Library

register = Library()


@register.filter
def to_json(value: object) -> str:
    """Return what the script reads from a data attribute; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
