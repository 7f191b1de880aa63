"""What the step messages must know of the carts, which live above (messaging/extension.py)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging.extension import extensions
from tenants.models import Tenant


@dataclass(frozen=True)
class LinkTiming:
    """How long a message waits for the carts to link its member.

    ``frequency``: the slowest active cart's planned interval; None without a cart.
    ``settled_at``: two successful polls of every active cart have begun since then; None when not yet.
    """

    frequency: timedelta | None = None
    settled_at: datetime | None = None
    # What the carts match by: "phone", "email" or both.
    keys: frozenset[str] = frozenset()


def list_linked_tag_ids() -> list[int]:
    return sorted({pk for each in extensions.values() for pk in each.linked_tags()})


def get_link_timing(tenant: Tenant) -> LinkTiming:
    asked = (each.link_timing for each in extensions.values() if each.link_timing)
    timing = next(asked, None)
    return timing(tenant) if timing else LinkTiming()
