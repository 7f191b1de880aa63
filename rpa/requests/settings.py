"""Store the shop's rules."""

from typing import Any

from django.db import transaction

from operators import audit
from rpa.models import RpaSettings


@transaction.atomic
def change_rules(**values: Any) -> RpaSettings:
    """Store the rules; the caller has checked them."""
    settings, _made = RpaSettings.objects.update_or_create(defaults=values)
    changed = {name: str(value) for name, value in values.items()}
    audit.record_action("rpa.rules_changed", settings, **changed)
    return settings
