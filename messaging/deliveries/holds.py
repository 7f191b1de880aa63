"""What the step messages must know of the carts. They live in an app above, cartsync, which fills this at start."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenants.models import Tenant


@dataclass(frozen=True)
class LinkTiming:
    """How long a message waits for the carts to link its member.

    ``frequency``: the slowest active cart's planned interval; None without a cart.
    ``settled_at``: two successful polls of every active cart have begun since then; None when not yet.
    """

    frequency: timedelta | None = None
    settled_at: datetime | None = None


# One entry, set by cartsync.apps: Callable[[Tenant], LinkTiming].
sources: list[Callable[[Tenant], LinkTiming]] = []


# Each entry gives the ids of the tags that mean "linked"; filled by cartsync.apps, read by the ask-again recipe.
linked_tags: list[Callable[[], Iterable[int]]] = []


def list_linked_tag_ids() -> list[int]:
    return sorted({pk for source in linked_tags for pk in source()})


def get_link_timing(tenant: Tenant) -> LinkTiming:
    return sources[0](tenant) if sources else LinkTiming()
