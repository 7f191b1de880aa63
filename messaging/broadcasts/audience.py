"""Whom a broadcast goes to, and who of them cannot be reached: decided for all at once, in one statement."""

from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from members.conditions.tree import filter_members
from members.listing.selection import select_members
from members.models import Member
from messaging.models import Broadcast

# The first that holds is the reason; "" for whoever can be reached. The sender asks again when the message is due.
UNREACHED = Case(
    When(line_optout_at__isnull=False, then=Value("opted_out")),
    When(Q(line_user_id=None) | Q(line_user_id=""), then=Value("no_line")),
    When(line_state=Member.LineState.BLOCKED, then=Value("blocked")),
    When(line_state=Member.LineState.NONE, then=Value("not_friend")),
    default=Value(""),
    output_field=CharField(),
)
BOOK = """
INSERT INTO messaging_delivery (tenant_id, sender_id, source, channel, is_ad, member_id, content_id, broadcast_id,
                                planned_at, due_at, state, reason, finished_at)
SELECT %s, %s, 1, 'line', %s, w.id, %s, %s, %s, %s, CASE WHEN w.reason = '' THEN 0 ELSE 3 END, w.reason,
       CASE WHEN w.reason = '' THEN NULL ELSE statement_timestamp() END
FROM ({who}) w (id, reason)
ON CONFLICT (tenant_id, broadcast_id, member_id) WHERE broadcast_id IS NOT NULL DO NOTHING
"""


def select_audience(broadcast: Broadcast) -> QuerySet[Member]:
    """Return the members whom the broadcast is meant for now. Raise BadCondition when its condition is unreadable."""
    everybody = Member.objects.filter(deleted_at=None)
    if broadcast.audience == Broadcast.Audience.TAG:
        leaf = {"field": "tag", "op": "has_any", "value": [broadcast.tag_id]}
        return filter_members(everybody, {"all": [leaf]})
    if broadcast.audience == Broadcast.Audience.SEGMENT:
        assert broadcast.segment
        return filter_members(everybody, broadcast.segment.condition)
    if broadcast.audience == Broadcast.Audience.PICKED:
        return select_members(broadcast.selection).filter(deleted_at=None)
    return everybody


def count_audience(broadcast: Broadcast) -> dict[str, int]:
    """Count the audience by the reason why each cannot be reached; "" are those who can."""
    rows = select_audience(broadcast).annotate(unreached=UNREACHED).order_by()
    return dict(rows.values_list("unreached").annotate(Count("pk")))


def book_audience(broadcast: Broadcast, due_at: Any) -> int:
    """Give each member of the audience a delivery, those who cannot be reached a skipped one; return how many."""
    chosen = select_audience(broadcast).annotate(unreached=UNREACHED).order_by()
    who, params = chosen.values_list("pk", "unreached").query.sql_with_params()
    given = (
        broadcast.tenant_id, broadcast.account.sender_id, broadcast.is_ad, broadcast.content_id, broadcast.pk,
        due_at, due_at,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BOOK.format(who=who), (*given, *params))
        return int(cursor.rowcount)
