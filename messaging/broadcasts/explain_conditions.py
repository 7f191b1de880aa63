"""The conditions of a broadcast's audience for one member: as of the sending, or as they are now (X3)."""

from datetime import datetime
from typing import Any

from members.identity.rewind import rewind_member
from members.models import Member
from members.segments.manage import find_condition_at
from messaging.models import Broadcast, Delivery
from messaging.scenarios.explain.conditions import Check, explain_part, list_parts
from messaging.scenarios.explain.past import (
    describe_as_of,
    explain_optout,
    find_decision_time,
)
from operators import audit


def explain_audience_conditions(broadcast: Broadcast, member: Member) -> list[Check]:
    """Return each condition of the audience with the member's value: of the moment of the decision, once there is one.

    Who was left out of the audience has no delivery: the moment is then the broadcast's time.
    """
    rows = Delivery.objects.filter(broadcast=broadcast, member=member)
    delivery = rows.select_related("call").first()
    at = find_decision_time(delivery) if delivery else find_fixing_time(broadcast)
    if not at:
        parts = list_parts(get_audience_condition(broadcast))
        return [explain_part(part, member) for part in parts]
    parts = list_parts(find_audience_condition_at(broadcast, at))
    with rewind_member(member, at):
        then = Member.objects.get(pk=member.pk)
        checks = [explain_part(part, then, describe_as_of(part, at)) for part in parts]
        return [*checks, explain_optout(then, at)]


def find_fixing_time(broadcast: Broadcast) -> datetime | None:
    """Return when the audience was fixed, as far as is known.

    None before that, or where it was fixed when the broadcast was booked, or stopped before.
    """
    at_booking = broadcast.fixed_at == Broadcast.FixedAt.BOOKING
    return broadcast.due_at if broadcast.audience_count and not at_booking else None


def find_audience_condition_at(broadcast: Broadcast, at: datetime) -> dict[str, Any]:
    """Return the audience as a condition, as it read when it was fixed: at the sending, or when it was booked."""
    if not broadcast.segment or broadcast.audience == Broadcast.Audience.TAG:
        return get_audience_condition(broadcast)
    if broadcast.fixed_at == Broadcast.FixedAt.BOOKING:
        at = audit.find_newest_time(broadcast, "broadcast.started") or at
    return dict(find_condition_at(broadcast.segment, at))


def get_audience_condition(broadcast: Broadcast) -> dict[str, Any]:
    """Return the audience as a condition, as it reads now; {} for everybody and for members picked one by one."""
    if broadcast.audience == Broadcast.Audience.TAG:
        return {"all": [{"field": "tag", "op": "has_any", "value": [broadcast.tag_id]}]}
    if broadcast.segment:
        return dict(broadcast.segment.condition)
    named = Broadcast.Audience.CONDITION, Broadcast.Audience.PICKED
    return dict(broadcast.condition) if broadcast.audience in named else {}
