"""The statements that end calls and their deliveries, for whoever still holds the calls' tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from messaging.channels.base import Answer, Outcome
from messaging.deliveries.ledger import Request

NO_ANSWER = Answer(Outcome.NOT_CALLED)

CLOSE = """
UPDATE messaging_call c
SET state = r.state, token = NULL, status = r.status, request_id = r.request_id, error = r.error,
    doubts = c.doubts - CASE WHEN r.sure THEN 1 ELSE 0 END,
    due_at = CASE WHEN r.state = 0 THEN statement_timestamp() + make_interval(secs => r.delay) ELSE c.due_at END,
    finished_at = CASE WHEN r.state = 0 THEN NULL ELSE statement_timestamp() END
FROM unnest(%(calls)s::bigint[], %(tokens)s::uuid[], %(states)s::smallint[], %(statuses)s::smallint[],
            %(request_ids)s::text[], %(errors)s::text[], %(sure)s::boolean[], %(delays)s::float8[])
     AS r (id, token, state, status, request_id, error, sure, delay)
WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(calls)s::bigint[]) AND c.id = r.id AND c.token = r.token
  AND c.state = 0
RETURNING c.id
"""
FINISH = """
UPDATE messaging_delivery d
SET state = r.state, reason = r.reason,
    call_id = CASE WHEN r.state = 0 THEN NULL ELSE d.call_id END,
    due_at = CASE WHEN r.state = 0 THEN statement_timestamp() + make_interval(secs => r.delay) ELSE d.due_at END,
    finished_at = CASE WHEN r.state IN (0, 1) THEN NULL ELSE statement_timestamp() END
FROM unnest(%(ids)s::bigint[], %(of)s::bigint[], %(states)s::smallint[], %(reasons)s::text[], %(delays)s::float8[])
     AS r (id, call_id, state, reason, delay)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.call_id = r.call_id
  AND d.state = 1
"""
# Nothing arrived and nothing can have: such a call never was.
FORGET = """
DELETE FROM messaging_call WHERE tenant_id = %(tenant)s AND id = ANY(%(calls)s::bigint[])
"""
NEXT_DUE = """
SELECT min(due_at) FROM (
    (SELECT due_at FROM messaging_delivery
     WHERE tenant_id = %(tenant)s AND sender_id = %(sender)s AND state = 0 ORDER BY due_at, id LIMIT 1)
    UNION ALL
    (SELECT due_at FROM messaging_call
     WHERE tenant_id = %(tenant)s AND sender_id = %(sender)s AND state = 0 ORDER BY due_at, id LIMIT 1)) planned
"""


@dataclass(frozen=True)
class CallResult:
    """How a call ended, and what that means for its deliveries.

    ``delay``: seconds until the next try of the call (state OPEN) or of the deliveries (``forget``).
    ``sure``: this try certainly did not arrive. ``forget``: no try can have arrived; the deliveries are as before.
    """

    request: Request
    state: int
    delivery_state: int
    reason: str = ""
    delay: float = 0
    sure: bool = False
    forget: bool = False
    answer: Answer = NO_ANSWER


def record_results(tenant_id: int, results: Sequence[CallResult]) -> set[int]:
    """Record how these calls ended and what becomes of their deliveries; return the calls that were still ours."""
    if not results:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, build_call_columns(tenant_id, results))
        ours = {pk for (pk,) in cursor.fetchall()}
        kept = [each for each in results if each.request.call in ours]
        if kept:
            cursor.execute(FINISH, build_delivery_columns(tenant_id, kept))
        if gone := [each.request.call for each in kept if each.forget]:
            cursor.execute(FORGET, {"tenant": tenant_id, "calls": gone})
    return ours


def build_call_columns(tenant_id: int, results: Sequence[CallResult]) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "calls": [each.request.call for each in results],
        "tokens": [each.request.token for each in results],
        "states": [each.state for each in results],
        "statuses": [each.answer.status for each in results],
        "request_ids": [each.answer.request_id for each in results],
        "errors": [each.answer.error for each in results],
        "sure": [each.sure for each in results],
        "delays": [float(each.delay) for each in results],
    }


def build_delivery_columns(
    tenant_id: int, results: Sequence[CallResult]
) -> dict[str, Any]:
    carried = [(pk, each) for each in results for pk in each.request.deliveries]
    return {
        "tenant": tenant_id,
        "ids": [pk for pk, _ in carried],
        "of": [each.request.call for _, each in carried],
        "states": [each.delivery_state for _, each in carried],
        "reasons": [each.reason for _, each in carried],
        "delays": [float(each.delay) for _, each in carried],
    }


def find_next_due(tenant_id: int, sender_id: int) -> datetime | None:
    """Return when the sender's next delivery or call may be taken; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DUE, {"tenant": tenant_id, "sender": sender_id})
        row = cursor.fetchone()
    return row[0] if row else None
