"""The statements on the ledger of deliveries. Each is safe to lose or repeat; the clock is the database's.

A run takes due deliveries under a row lock, decides, and writes a call for what goes out, all in one transaction. The
call holds the lease and the token: whoever comes back without the token changes nothing, and a call whose lease is over
is taken again with the same recipients under the same key.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

LEASE_SECONDS = 60
# LINE keeps a retry key for 24 hours; the last try must end before.
KEY_LIFE = timedelta(hours=24) - timedelta(minutes=5)

TAKE = """
SELECT d.id, d.channel, d.source, d.is_ad, d.member_id, d.address, d.content_id, d.tries, e.scenario_id,
       coalesce(m.line_user_id, ''), coalesce(m.line_state, ''), coalesce(m.email, ''), coalesce(m.name, ''),
       coalesce(m.line_name, ''), m.answered_at, m.deleted_at IS NOT NULL, m.line_optout_at IS NOT NULL,
       m.mail_optout_at IS NOT NULL, d.public_id, d.other_content_id, d.broadcast_id, coalesce(e.trigger_key, ''),
       coalesce((SELECT min(s.reason) FROM messaging_suppression s
                 WHERE s.tenant_id = %(tenant)s AND s.lifted_at IS NULL
                   AND (d.channel = 'mail' OR d.other_content_id IS NOT NULL)
                   AND s.address = coalesce(nullif(m.email_key, ''), lower(btrim(coalesce(m.email, d.address))))), ''),
       coalesce('b_' || b.public_id, 's_' || p.public_id, ''), coalesce(b.state = 3, false)
FROM messaging_delivery d
LEFT JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = d.member_id
LEFT JOIN messaging_enrollment e ON e.tenant_id = %(tenant)s AND e.id = d.enrollment_id
LEFT JOIN messaging_broadcast b ON b.tenant_id = %(tenant)s AND b.id = d.broadcast_id
LEFT JOIN messaging_step p ON p.tenant_id = %(tenant)s AND p.id = d.step_id
WHERE d.tenant_id = %(tenant)s AND d.sender_id = %(sender)s AND d.state = 0 AND d.due_at <= statement_timestamp()
ORDER BY d.due_at, d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
"""
# What was decided about deliveries that do not go out now.
DECIDE = """
UPDATE messaging_delivery d
SET state = r.state, reason = r.reason,
    due_at = CASE WHEN r.delay > 0 THEN statement_timestamp() + make_interval(secs => r.delay) ELSE d.due_at END,
    finished_at = CASE WHEN r.state IN (0, 7, 8) THEN NULL ELSE statement_timestamp() END
FROM unnest(%(ids)s::bigint[], %(states)s::smallint[], %(reasons)s::text[], %(delays)s::float8[])
     AS r (id, state, reason, delay)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.state = 0
"""
OPEN = """
INSERT INTO messaging_call (tenant_id, sender_id, kind, key, content_id, "to", values, token, due_at, first_tried_at)
SELECT %(tenant)s, %(sender)s, r.kind, r.key, r.content_id, r.sent_to, r.values, %(token)s,
       statement_timestamp() + make_interval(secs => %(lease)s), statement_timestamp()
FROM unnest(%(kinds)s::text[], %(keys)s::uuid[], %(contents)s::bigint[], %(to)s::jsonb[], %(values)s::jsonb[])
     AS r (kind, key, content_id, sent_to, values)
RETURNING id, key
"""
# This and FINISH (outcomes.py) name the tenant and = ANY(ids): joined to the list alone, PostgreSQL read a young table
# from end to end for every id.
HAND_OVER = """
UPDATE messaging_delivery d SET state = 1, reason = '', call_id = r.call_id, tries = d.tries + 1
FROM unnest(%(ids)s::bigint[], %(calls)s::bigint[]) AS r (id, call_id)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.state IN (0, 1)
"""
RETAKE = """
UPDATE messaging_call SET token = %(token)s, tries = tries + 1, doubts = doubts + 1,
       due_at = statement_timestamp() + make_interval(secs => %(lease)s)
WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(
    SELECT id FROM messaging_call
    WHERE tenant_id = %(tenant)s AND sender_id = %(sender)s AND state = 0 AND due_at <= statement_timestamp()
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING id, kind, key, content_id, "to", values, new.tries, old.doubts,
          extract(epoch FROM statement_timestamp() - first_tried_at)
"""
CARRIED = """
SELECT d.call_id, d.id, d.is_ad FROM messaging_delivery d
WHERE d.tenant_id = %(tenant)s AND d.call_id = ANY(%(calls)s::bigint[]) AND d.state = 1 ORDER BY d.id
"""


@dataclass(frozen=True)
class DueDelivery:
    """A delivery whose row this transaction holds, with what is needed to decide about it."""

    id: int
    channel: str
    source: int
    is_ad: bool
    member_id: int | None
    address: str
    content_id: int
    tries: int
    scenario_id: int | None
    user_id: str
    line_state: str
    email: str
    name: str
    line_name: str
    answered_at: datetime | None
    deleted: bool
    line_opted_out: bool
    mail_opted_out: bool
    public_id: uuid.UUID
    other_content_id: int | None = None
    broadcast_id: int | None = None
    trigger_key: str = ""
    # Why the address gets no mail; "" while it gets some. Of several reasons the one that holds back most.
    suppressed: str = ""
    # What LINE's own figures are counted under; "" for a single message.
    unit: str = ""
    # Its broadcast was stopped.
    stopped: bool = False


@dataclass(frozen=True)
class Decision:
    """What becomes of a due delivery that does not go out now.

    ``delay``: seconds until somebody looks again. ``sender``: it goes by its other channel, from this sender.
    """

    id: int
    state: int
    reason: str = ""
    delay: float = 0
    sender: int = 0


@dataclass
class Request:
    """One call to make: to whom (addresses, in the order of ``deliveries``), with what, under which key.

    ``number``: which try it is. ``doubts``: how many of the earlier tries may have arrived. ``age``: seconds since the
    first try.
    """

    kind: str
    content_id: int
    to: list[str]
    deliveries: list[int]
    values: dict[str, str] | None = None
    is_ad: bool = False
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    call: int = 0
    token: uuid.UUID | None = None
    number: int = 1
    doubts: int = 0
    age: float = 0
    # What it belongs to (DueDelivery.unit), as long as it was never tried.
    unit: str = ""


def take_due_deliveries(
    tenant_id: int, sender_id: int, limit: int
) -> list[DueDelivery]:
    """Lock up to ``limit`` due deliveries for this transaction and return them; rows that others hold are passed by."""
    with connection.cursor() as cursor:
        values = {"tenant": tenant_id, "sender": sender_id, "limit": limit}
        cursor.execute(TAKE, values)
        return [DueDelivery(*row) for row in cursor.fetchall()]


def record_decisions(tenant_id: int, decisions: Sequence[Decision]) -> None:
    """Record what was decided about deliveries that this transaction holds."""
    if not decisions:
        return
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "ids": [each.id for each in decisions],
        "states": [each.state for each in decisions],
        "reasons": [each.reason for each in decisions],
        "delays": [float(each.delay) for each in decisions],
    }
    with connection.cursor() as cursor:
        cursor.execute(DECIDE, values)


def open_calls(
    tenant_id: int, sender_id: int, requests: Sequence[Request], token: uuid.UUID
) -> None:
    """Record that these calls are about to be made, leased to the caller for LEASE_SECONDS, and give each its number.

    Their deliveries are held by this transaction, or belong to a call that it has just closed.
    """
    if not requests:
        return
    given: dict[str, Any] = {
        "tenant": tenant_id,
        "sender": sender_id,
        "token": token,
        "lease": LEASE_SECONDS,
        "kinds": [each.kind for each in requests],
        "keys": [each.key for each in requests],
        "contents": [each.content_id for each in requests],
        "to": [json.dumps(each.to) for each in requests],
        "values": [
            None if each.values is None else json.dumps(each.values, ensure_ascii=False)
            for each in requests
        ],
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, given)
        numbers = {key: pk for pk, key in cursor.fetchall()}
        for each in requests:
            each.call, each.token = numbers[each.key], token
        handed = [(pk, each.call) for each in requests for pk in each.deliveries]
        ids, calls = [pk for pk, _ in handed], [call for _, call in handed]
        cursor.execute(HAND_OVER, {"tenant": tenant_id, "ids": ids, "calls": calls})


def claim_open_calls(tenant_id: int, sender_id: int, limit: int) -> list[Request]:
    """Take up to ``limit`` open calls whose time has come, leased to the caller, with what each carries."""
    token = uuid.uuid4()
    given: dict[str, Any] = {"tenant": tenant_id, "sender": sender_id, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(RETAKE, {**given, "token": token, "lease": LEASE_SECONDS})
        rows = cursor.fetchall()
        if not rows:
            return []
        found = {row[0]: read_call(token, *row) for row in rows}
        cursor.execute(CARRIED, {"tenant": tenant_id, "calls": list(found)})
        for call, delivery, is_ad in cursor.fetchall():
            found[call].deliveries.append(delivery)
            found[call].is_ad = found[call].is_ad or is_ad
    return list(found.values())


def read_call(
    token: uuid.UUID, call: int, kind: str, key: uuid.UUID, content_id: int, *rest: Any
) -> Request:
    """Return a retaken row of messaging_call as the request that it is."""
    to, values, number, doubts, age = rest
    if isinstance(to, str):
        to = json.loads(to)
    if isinstance(values, str):
        values = json.loads(values)
    return Request(
        kind,
        content_id,
        to,
        [],
        values,
        key=key,
        call=call,
        token=token,
        number=number,
        doubts=doubts,
        age=float(age),
    )
