"""The statements on the ledger of deliveries. Each is safe to lose or repeat; the clock is the database's.

A claim writes its lease into due_at and its token beside it. Whoever comes back without the token changes nothing.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

LEASE_SECONDS = 60
# LINE keeps a retry key for 24 hours; the last try must end before.
KEY_LIFE = timedelta(hours=24) - timedelta(minutes=5)

CLAIM = """
WITH taken AS (
    UPDATE messaging_delivery SET state = 1, token = %(token)s, reason = '',
           due_at = statement_timestamp() + make_interval(secs => %(lease)s)
    WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(
        SELECT id FROM messaging_delivery
        WHERE tenant_id = %(tenant)s AND account_id = %(account)s AND state IN (0, 1)
          AND due_at <= statement_timestamp()
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    RETURNING id, enrollment_id, member_id, content_id, retry_key, tries, first_tried_at)
SELECT t.id, t.member_id, t.content_id, t.retry_key, t.tries, t.first_tried_at IS NOT NULL,
       coalesce(t.first_tried_at < statement_timestamp() - make_interval(secs => %(key_life)s), false), e.scenario_id,
       coalesce(m.line_user_id, ''), m.line_state, m.name, m.line_name, m.answered_at,
       m.deleted_at IS NOT NULL, m.line_optout_at IS NOT NULL
FROM taken t
JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = t.member_id
LEFT JOIN messaging_enrollment e ON e.tenant_id = %(tenant)s AND e.id = t.enrollment_id
"""
BEGIN = """
WITH begun AS (
    UPDATE messaging_delivery
    SET tries = tries + 1, first_tried_at = coalesce(first_tried_at, statement_timestamp())
    WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND token = %(token)s AND state = 1
    RETURNING id, tries)
INSERT INTO messaging_attempt (tenant_id, delivery_id, number, started_at, request_id, error)
SELECT %(tenant)s, id, tries, statement_timestamp(), '', '' FROM begun
RETURNING delivery_id, number
"""
# This and CLOSE name the tenant and = ANY(ids): joined to the list alone, PostgreSQL read a young table from end to end
# for every id.
FINISH = """
UPDATE messaging_delivery d
SET state = r.state, reason = r.reason, request_id = r.request_id, token = NULL,
    due_at = CASE WHEN r.state = 0 THEN statement_timestamp() + make_interval(secs => r.delay) ELSE d.due_at END,
    finished_at = CASE WHEN r.state = 0 THEN NULL ELSE statement_timestamp() END,
    first_tried_at = CASE WHEN r.untried THEN NULL ELSE d.first_tried_at END
FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[], %(states)s::smallint[], %(reasons)s::text[],
            %(request_ids)s::text[], %(delays)s::float8[], %(untried)s::boolean[])
     AS r (id, token, state, reason, request_id, delay, untried)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.token = r.token AND d.state = 1
"""
CLOSE = """
UPDATE messaging_attempt a
SET finished_at = statement_timestamp(), status = r.status, request_id = r.request_id, error = r.error
FROM unnest(%(ids)s::bigint[], %(numbers)s::smallint[], %(statuses)s::smallint[], %(request_ids)s::text[],
            %(errors)s::text[]) AS r (id, number, status, request_id, error)
WHERE a.tenant_id = %(tenant)s AND a.delivery_id = ANY(%(ids)s::bigint[])
  AND a.delivery_id = r.id AND a.number = r.number AND a.finished_at IS NULL
"""
NEXT_DUE = """
SELECT due_at FROM messaging_delivery
WHERE tenant_id = %s AND account_id = %s AND state IN (0, 1) ORDER BY due_at, id LIMIT 1
"""


@dataclass
class ClaimedDelivery:
    """A delivery that this process holds, with what is needed to decide about it.

    ``uncertain``: an earlier try may have arrived. ``key_expired``: besides, its retry key protects no more.
    """

    id: int
    member_id: int
    content_id: int
    retry_key: uuid.UUID
    tries: int
    uncertain: bool
    key_expired: bool
    scenario_id: int | None
    user_id: str
    line_state: str
    name: str
    line_name: str
    answered_at: datetime | None
    deleted: bool
    opted_out: bool
    token: uuid.UUID


@dataclass(frozen=True)
class DeliveryResult:
    """What becomes of a claimed delivery.

    ``delay``: seconds, when it is scheduled again. ``untried``: nothing can have arrived so far.
    ``number``: of the attempt that ended so; 0 when there was none.
    """

    id: int
    token: uuid.UUID
    state: int
    reason: str = ""
    delay: float = 0
    untried: bool = False
    number: int = 0
    status: int | None = None
    request_id: str = ""
    error: str = ""


def claim_deliveries(
    tenant_id: int, account_id: int, limit: int
) -> list[ClaimedDelivery]:
    """Claim up to ``limit`` due deliveries, leased to the caller for LEASE_SECONDS."""
    token = uuid.uuid4()
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "account": account_id,
        "limit": limit,
        "token": token,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {**values, "lease": LEASE_SECONDS, "key_life": KEY_LIFE.total_seconds()},
        )
        return [ClaimedDelivery(*row, token=token) for row in cursor.fetchall()]  # type: ignore[misc]


def record_attempts(
    tenant_id: int, claimed: Sequence[ClaimedDelivery]
) -> dict[int, int]:
    """Record that these are about to be sent; return {delivery id: number of its attempt} without what was lost."""
    if not claimed:
        return {}
    ids, token = [row.id for row in claimed], claimed[0].token
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"tenant": tenant_id, "ids": ids, "token": token})
        return dict(cursor.fetchall())


def record_results(tenant_id: int, results: Sequence[DeliveryResult]) -> int:
    """Record what became of them; return how many deliveries were still the caller's."""
    if not results:
        return 0
    with connection.cursor() as cursor:
        if attempts := [result for result in results if result.number]:
            cursor.execute(CLOSE, build_result_columns(tenant_id, attempts))
        cursor.execute(FINISH, build_result_columns(tenant_id, results))
        return cursor.rowcount


def build_result_columns(
    tenant_id: int, results: Sequence[DeliveryResult]
) -> dict[str, Any]:
    names = {
        "ids": "id", "tokens": "token", "states": "state", "reasons": "reason", "request_ids": "request_id",
        "delays": "delay", "untried": "untried", "numbers": "number", "statuses": "status", "errors": "error",
    }  # fmt: skip
    lists = {
        many: [getattr(result, one) for result in results]
        for many, one in names.items()
    }
    lists["delays"] = [float(delay) for delay in lists["delays"]]
    return {"tenant": tenant_id, **lists}


def find_next_due(tenant_id: int, account_id: int) -> datetime | None:
    """Return when the next delivery of the account may be taken, be it planned or leased; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DUE, [tenant_id, account_id])
        row = cursor.fetchone()
    return row[0] if row else None
