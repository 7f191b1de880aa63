"""Store the search setting."""

from collections.abc import Sequence

from django.db import transaction

from operators import audit
from rpa.models import RpaSettings


@transaction.atomic
def change_search_settings(
    order: Sequence[str],
    ticked: Sequence[str],
    mode: str,
    compares_product_name: bool,
    compares_product_code: bool,
) -> RpaSettings:
    """Store the shop's one search setting; the caller has checked that it may search."""
    values = {
        "order": list(order),
        "ticked": [key for key in order if key in ticked],
        "mode": mode,
        "compares_product_name": compares_product_name,
        "compares_product_code": compares_product_code,
    }
    settings, _made = RpaSettings.objects.update_or_create(defaults=values)
    audit.record_action("rpa.search_changed", settings, **values)
    return settings
