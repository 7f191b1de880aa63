"""Undo a bulk tag or an import: what it started is cancelled while it has not gone out, and counted when it has."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from members.bulk.tags import UndoCounter
from messaging.models import Delivery, Scenario
from tenants.scope import get_current_tenant_id

# By the scenario first, which leads the index of the keys. What is with a call may have arrived: it counts as gone.
RUNS = """
SELECT e.id FROM messaging_enrollment e
WHERE e.tenant_id = %(tenant)s AND e.scenario_id = ANY(%(scenarios)s) AND e.trigger_key = ANY(%(keys)s)
"""
COUNT = f"""
SELECT count(*) FILTER (WHERE d.state IN (0, 7, 8)), count(*) FILTER (WHERE d.state IN (1, 2, 6))
FROM messaging_delivery d WHERE d.tenant_id = %(tenant)s AND d.enrollment_id IN ({RUNS})
"""
CANCEL = f"""
UPDATE messaging_delivery d SET state = 5, reason = 'undone', finished_at = statement_timestamp()
WHERE d.tenant_id = %(tenant)s AND d.enrollment_id IN ({RUNS}) AND d.state IN (0, 7, 8)
"""


def count_started_messages(batch_ids: Sequence[int]) -> tuple[int, int]:
    """Count the messages that these taggings started: those that are waiting, and those that have gone out."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _build_values(batch_ids))
        waiting, sent = cursor.fetchone()
    return waiting, sent


@transaction.atomic
def cancel_started_messages(batch_ids: Sequence[int]) -> int:
    """Cancel what waits and return how many that were; whoever is sending one just now finishes it."""
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, _build_values(batch_ids))
        return cursor.rowcount


def _build_values(batch_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "tenant": get_current_tenant_id(),
        "scenarios": list(Scenario.objects.values_list("pk", flat=True)),
        "keys": [f"tag:{pk}" for pk in batch_ids],
    }


def find_messaged_members(members: Collection[int]) -> Iterable[int]:
    """Return the ids of those of these members to whom a message has gone out, or may have."""
    rows = Delivery.objects.filter(state__in=Delivery.GONE, member__in=members)
    return rows.order_by().values_list("member_id", flat=True).distinct()


UNDO_COUNTER = UndoCounter(count_started_messages, cancel_started_messages)
