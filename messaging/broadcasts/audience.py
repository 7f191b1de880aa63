"""Whom a broadcast goes to, and who of them cannot be reached: decided for all at once, in one statement."""

from collections import Counter
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, QuerySet

from members.conditions.sql import filter_members
from members.listing.selection import select_members
from members.models import Member
from messaging.accounts.routes import load_mail_routes
from messaging.accounts.staff import build_staff_q
from messaging.deliveries.reach import build_by_mail, build_unreached
from messaging.models import Broadcast, Way
from messaging.triggers.rows import build_named

BOOK = """
INSERT INTO messaging_delivery (tenant_id, sender_id, source, channel, is_ad, member_id, content_id, other_content_id,
                                broadcast_id, planned_at, due_at, state, reason, finished_at)
SELECT %(tenant)s, s.sender_id, 1, CASE WHEN w.by_mail THEN 'mail' ELSE 'line' END, %(is_ad)s, w.id,
       CASE WHEN w.by_mail THEN %(mail)s ELSE %(line)s END::bigint,
       CASE WHEN %(either)s THEN CASE WHEN w.by_mail THEN %(line)s ELSE %(mail)s END END::bigint,
       %(broadcast)s, %(due)s, %(due)s, CASE WHEN w.reason = '' THEN 0 ELSE 3 END, w.reason,
       CASE WHEN w.reason = '' THEN NULL ELSE statement_timestamp() END
FROM ({who}) w (id, reason, by_mail, email)
CROSS JOIN LATERAL (SELECT CASE WHEN w.by_mail THEN {route} ELSE %(line_sender)s::bigint END) s (sender_id)
ON CONFLICT (tenant_id, broadcast_id, member_id) WHERE broadcast_id IS NOT NULL DO NOTHING
"""


def select_audience(broadcast: Broadcast) -> QuerySet[Member]:
    """Return the members whom the broadcast is meant for now. Raise BadCondition when its condition is unreadable."""
    if broadcast.audience == Broadcast.Audience.PICKED:
        return select_members(broadcast.selection).filter(deleted_at=None)
    # Staff is reached by what names them one by one.
    everybody = Member.objects.filter(deleted_at=None).exclude(build_staff_q())
    if broadcast.audience == Broadcast.Audience.TAG:
        leaf = {"field": "tag", "op": "has_any", "value": [broadcast.tag_id]}
        return filter_members(everybody, {"all": [leaf]})
    if broadcast.audience == Broadcast.Audience.CONDITION:
        return filter_members(everybody, broadcast.condition)
    if broadcast.audience == Broadcast.Audience.SEGMENT:
        assert broadcast.segment
        return filter_members(everybody, broadcast.segment.condition)
    return everybody


def select_with_reach(broadcast: Broadcast) -> Any:
    """Return the audience with ``unreached``, the reason why each gets nothing, and ``by_mail``."""
    return (
        select_audience(broadcast)
        .annotate(
            unreached=build_unreached(broadcast.way),
            by_mail=build_by_mail(broadcast.way),
        )
        .order_by()
    )


def count_audience(broadcast: Broadcast) -> dict[str, int]:
    """Count the audience by the reason why each cannot be reached; "" are those who can."""
    counts: Counter[str] = Counter()
    for (reason, _by_mail), number in count_ways(broadcast).items():
        counts[reason] += number
    return dict(counts)


def count_ways(broadcast: Broadcast) -> dict[tuple[str, bool], int]:
    """Count the audience by (the reason against each, whether they get it by mail)."""
    return {key: number for key, (number, _some) in group_audience(broadcast).items()}


def group_audience(
    broadcast: Broadcast,
) -> dict[tuple[str, bool], tuple[int, set[int]]]:
    """Return, by (the reason against each, whether they get it by mail), how many, and the ids of one or two."""
    rows = select_with_reach(broadcast).values_list("unreached", "by_mail")
    return {
        (reason, by_mail): (number, {first, last})
        for reason, by_mail, number, first, last in rows.annotate(
            Count("pk"), Min("pk"), Max("pk")
        )
    }


def book_audience(broadcast: Broadcast, due_at: Any) -> int:
    """Give each member of the audience a delivery, those who cannot be reached a skipped one; return how many."""
    chosen = select_with_reach(broadcast)
    rows = chosen.values_list("pk", "unreached", "by_mail", "email")
    who, given = build_named(*rows.query.sql_with_params())
    routes = load_mail_routes()
    line, mail = find_contents(broadcast)
    values = {
        "tenant": broadcast.tenant_id,
        "is_ad": broadcast.is_ad,
        "broadcast": broadcast.pk,
        "due": due_at,
        "line": line,
        "mail": mail,
        "either": broadcast.way == Way.EITHER,
        "line_sender": broadcast.account.sender_id if broadcast.account else None,
    }
    sql = BOOK.format(who=who, route=routes.build_sql("w.email"))
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, **routes.values, **given})
        return int(cursor.rowcount)


def find_contents(broadcast: Broadcast) -> tuple[int | None, int | None]:
    """Return the ids of what it says by LINE and by mail."""
    if broadcast.way == Way.MAIL:
        return None, broadcast.content_id
    return broadcast.content_id, broadcast.mail_content_id


def find_senders(broadcast: Broadcast) -> list[int]:
    """Return the senders that its messages may go out from."""
    senders = set(load_mail_routes().senders) if broadcast.way != Way.LINE else set()
    if broadcast.way != Way.MAIL and broadcast.account:
        senders.add(broadcast.account.sender_id)
    return sorted(senders)
