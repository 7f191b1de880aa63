"""What the step messages must know of the carts, which live above (messaging/extension.py)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from messaging.extension import extensions
from tenants.models import Tenant
from tenants.wakeups import wake

RECHECK = """
WITH ready AS (
    UPDATE messaging_delivery d SET state = 0, reason = '', due_at = statement_timestamp()
    FROM members_member m
    WHERE d.tenant_id = %(tenant)s AND d.state = 7 AND d.reason = 'held' AND m.tenant_id = %(tenant)s
      AND m.id = d.member_id AND (m.answered_at IS NULL OR m.answered_at <= %(settled)s)
    RETURNING d.sender_id)
SELECT DISTINCT sender_id FROM ready
"""


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


@transaction.atomic
def recheck_held_deliveries(tenant: Tenant) -> None:
    """Make due, after a poll, the held messages of members for whom two polls have begun since their answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            RECHECK,
            {"tenant": tenant.pk, "settled": get_link_timing(tenant).settled_at},
        )
        senders = [sender_id for (sender_id,) in cursor.fetchall()]
    for sender_id in sorted(senders):
        wake(tenant, "messaging.dispatch", subject=sender_id)
