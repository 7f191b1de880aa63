"""Visits and sessions: how often members were there. A return within 30 minutes is the same session.

Both are counted from the visits themselves: events come late and in any order, and members are merged and unmerged.
"""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import connection, transaction

from members.identity.answers import lock_members
from tenants.scope import get_current_tenant_id

STORE = """
INSERT INTO members_visit (tenant_id, member_id, at, kind, key)
SELECT %s, v.member, v.at, v.kind, v.key
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[]) AS v (member, at, kind, key)
ON CONFLICT DO NOTHING RETURNING member_id
"""
COUNT = """
WITH visits AS (
    SELECT member_id, at, at - lag(at) OVER (PARTITION BY member_id ORDER BY at) AS since
    FROM members_visit WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s::bigint[])),
counted AS (
    SELECT member_id, count(*) AS visits, max(at) AS newest,
           count(*) FILTER (WHERE since IS NULL OR since > interval '30 minutes') AS sessions
    FROM visits GROUP BY member_id)
UPDATE members_member m SET visits = coalesce(c.visits, 0), sessions = coalesce(c.sessions, 0),
    last_seen_at = greatest(m.last_seen_at, c.newest)
FROM unnest(%(members)s) AS u (id) LEFT JOIN counted c ON c.member_id = u.id
WHERE m.tenant_id = %(tenant)s AND m.id = u.id
"""


@dataclass(frozen=True)
class VisitEvent:
    """``kind``: Visit.Kind; ``key``: what names this one visit among those of its kind."""

    member_id: int
    at: datetime
    kind: str
    key: str


@transaction.atomic
def record_visits(seen: Sequence[VisitEvent]) -> None:
    """Store the visits that are new, and count those of their members again.

    Two statements for any number of visits.
    """
    if not seen:
        return
    # The count must see what others stored concurrently, so it starts after the lock.
    lock_members({each.member_id for each in seen})
    columns = [list(column) for column in zip(*map(astuple, seen), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [get_current_tenant_id(), *columns])
        count_visits({member_id for (member_id,) in cursor.fetchall()})


def count_visits(member_ids: Collection[int]) -> None:
    """Set visits, sessions and the last sign of life of these members from all of their visits; lock them first."""
    if not member_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT, {"tenant": get_current_tenant_id(), "members": sorted(member_ids)}
        )
