"""Store the shop's rules."""

from typing import Any

from django.db import transaction

from members.tags.names import get_or_create_tag
from operators import audit
from rpa.models import RpaSettings


@transaction.atomic
def change_rules(offer_tag: str = "", **values: Any) -> RpaSettings:
    """Store the rules; the caller has checked them. ``offer_tag``: its name; a tag that there is none of is made."""
    tag = get_or_create_tag(offer_tag) if offer_tag else None
    settings, _made = RpaSettings.objects.update_or_create(
        defaults={**values, "offer_tag": tag}
    )
    changed = {name: str(value) for name, value in values.items()}
    audit.record_action("rpa.rules_changed", settings, offer_tag=offer_tag, **changed)
    return settings
