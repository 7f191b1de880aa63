"""参加・離脱を毎日記録する: who joined a saved condition and who left it since last week.

Stored are the members as they were recorded last and the changes, not a copy for each day; once a day one statement
compares. Only the condition's page reads this: who is meant is always what the condition finds at that moment.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Case, QuerySet, Sum, When
from django.utils import timezone

from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition
from members.db import set_based
from members.listing.selection import retain_selected_values
from members.models import Member, Segment, SegmentChange, SegmentMember
from operators import audit
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

MOST_WATCHED = 5
WEEK, RETENTION = timedelta(days=7), timedelta(days=90)
# Shortly after midnight in the shop, when relative days have moved on.
RECORD_AT = time(0, 10)
RECORD = """
WITH fitting (id) AS MATERIALIZED ({found}),
came AS (
    INSERT INTO members_segmentmember (tenant_id, segment_id, member_id, since)
    SELECT %s, %s, f.id, %s FROM fitting f
    WHERE NOT EXISTS (SELECT FROM members_segmentmember s
                      WHERE s.tenant_id = %s AND s.segment_id = %s AND s.member_id = f.id)
    ON CONFLICT DO NOTHING RETURNING member_id),
went AS (
    DELETE FROM members_segmentmember s
    WHERE s.tenant_id = %s AND s.segment_id = %s AND NOT EXISTS (SELECT FROM fitting f WHERE f.id = s.member_id)
    RETURNING member_id)
INSERT INTO members_segmentchange (tenant_id, segment_id, member_id, day, joined)
SELECT %s, %s, c.member_id, %s, c.joined
FROM (SELECT member_id, true FROM came UNION ALL SELECT member_id, false FROM went) c (member_id, joined)
WHERE %s
ON CONFLICT DO NOTHING
"""
NOBODY = "SELECT NULL::bigint WHERE false"


# ---------------------------------------------------------------- on and off
def is_watch_limit_reached(besides: Segment | None) -> bool:
    """Return whether the shop watches as many saved conditions as it may."""
    watched = Segment.objects.exclude(watched_since=None).exclude(
        pk=besides.pk if besides else 0
    )
    return watched.count() >= MOST_WATCHED


@transaction.atomic
def watch_segment(segment: Segment, wanted: bool) -> None:
    """Switch the watch on, from who fits now, or off, which forgets what was recorded."""
    if wanted == bool(segment.watched_since):
        return
    segment.watched_since = timezone.now() if wanted else None
    reset_membership_log(segment)
    audit.record_action("segment.watched" if wanted else "segment.unwatched", segment)


def reset_membership_log(segment: Segment) -> None:
    """Reset the log: another condition has other members, and nobody joined or left by that."""
    for model in (SegmentMember, SegmentChange):
        model.objects.filter(segment=segment)._raw_delete("default")
    segment.watched_on = None
    segment.save(update_fields=["watched_since", "watched_on"])
    if segment.watched_since:
        wake(get_current_tenant_id(), "members.segments")


# ---------------------------------------------------------------- day by day
def record_all_memberships() -> datetime | None:
    """Record every watched condition of the shop, each in a transaction of its own; return when to do so again."""
    with transaction.atomic():
        watched = list(
            Segment.objects.exclude(watched_since=None)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
    for pk in watched:
        _record_memberships(pk)
    tomorrow = timezone.localdate() + timedelta(days=1)
    return (
        timezone.make_aware(datetime.combine(tomorrow, RECORD_AT)) if watched else None
    )


@transaction.atomic
def _record_memberships(pk: int) -> None:
    """Record who joined and who left, once a day; the first time nobody has joined yet.

    For a condition that names what is gone nothing is recorded.
    """
    segment = (
        Segment.objects.filter(pk=pk)
        .exclude(watched_since=None)
        .select_for_update(no_key=True)
        .first()
    )
    today = timezone.localdate()
    if not segment or segment.watched_on == today:
        return
    try:
        retain_selected_values(segment.condition)
        sql, params = _build_member_statement(segment)
    except BadCondition:
        return
    here, days = [get_current_tenant_id(), segment.pk], [today]
    values: list[Any] = [
        *params,
        *here,
        *days,
        *here,
        *here,
        *here,
        *days,
        bool(segment.watched_on),
    ]
    with set_based(), connection.cursor() as cursor:
        cursor.execute(RECORD.format(found=sql), values)
    SegmentChange.objects.filter(
        segment=segment, day__lt=today - RETENTION
    )._raw_delete("default")
    segment.watched_on = today
    segment.save(update_fields=["watched_on"])


def _build_member_statement(segment: Segment) -> tuple[str, tuple[Any, ...]]:
    """Return (sql, params) of the statement that finds who fits now.

    Raises BadCondition.
    """
    found = (
        filter_members(Member.objects.all(), segment.condition)
        .order_by()
        .values_list("pk")
    )
    try:
        sql, params = found.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return NOBODY, ()
    return sql, tuple(params)


# ---------------------------------------------------------------- what the page shows
def select_moved_members(segment: Segment, joined: bool) -> QuerySet[Member]:
    """Return who joined since last week and still fits, or who left and does not.

    Who came and went is neither. Members deleted since are left out.
    """
    since: date = timezone.localdate() - WEEK
    steps = Case(When(joined=True, then=1), default=-1)
    changes = (
        SegmentChange.objects.filter(segment=segment, day__gt=since)
        .order_by()
        .values("member")
    )
    net = (
        changes.annotate(net=Sum(steps))
        .filter(net=1 if joined else -1)
        .values("member")
    )
    return Member.objects.filter(deleted_at=None, pk__in=net)
