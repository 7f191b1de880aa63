"""Why a member gets a broadcast, or does not (X3)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.conditions.sentences import describe_condition
from members.conditions.tree import BadCondition
from members.models import Member
from messaging.broadcasts.audience import select_with_reach
from messaging.deliveries.reasons import describe_reason
from messaging.models import Broadcast, Delivery

NEWEST = 20


@dataclass(frozen=True)
class BroadcastDecision:
    """``delivery``: the member's, once the audience is fixed; ``is_sent``: whether it went out or is going to."""

    broadcast: Broadcast
    delivery: Delivery | None
    is_sent: bool
    decision: str


def explain_broadcasts(member: Member) -> list[BroadcastDecision]:
    """Return what the newest broadcasts decided on the member, or will decide as things stand."""
    rows = Broadcast.objects.listed().exclude(state__in=Broadcast.EDITABLE)
    broadcasts = list(rows[:NEWEST])
    found = Delivery.objects.filter(member=member, broadcast__in=broadcasts)
    deliveries = {row.broadcast_id: row for row in found.select_related("call")}
    return [explain_one(row, deliveries.get(row.pk), member) for row in broadcasts]


def explain_one(
    broadcast: Broadcast, delivery: Delivery | None, member: Member
) -> BroadcastDecision:
    if delivery:
        state = Delivery.State(delivery.state)
        is_sent = state in (*Delivery.BOOKED, *Delivery.GONE)
        words = delivery.why or delivery.state_words
        return BroadcastDecision(broadcast, delivery, is_sent, words)
    named = {"audience": describe_audience(broadcast)}
    if broadcast.state == Broadcast.State.STOPPED and not broadcast.audience_count:
        text = describe_reason("broadcast_stopped")  # before its audience was fixed
        return BroadcastDecision(broadcast, None, False, text)
    if broadcast.audience_count is not None:
        text = _("宛先を決めたときに、宛先（%(audience)s）に含まれていませんでした。")
        return BroadcastDecision(broadcast, None, False, text % named)
    return explain_forecast(broadcast, member, named)


def explain_forecast(
    broadcast: Broadcast, member: Member, named: dict[str, str]
) -> BroadcastDecision:
    """Return what will be decided on the member when the audience is fixed, as things stand now."""
    try:
        mine = select_with_reach(broadcast).filter(pk=member.pk)
        reasons = list(mine.values_list("unreached", flat=True))
    except BadCondition:
        return BroadcastDecision(broadcast, None, False, describe_reason("broken"))
    if not reasons:
        text = _("いまの宛先（%(audience)s）に当てはまりません。")
        return BroadcastDecision(broadcast, None, False, text % named)
    if reasons[0]:
        text = describe_reason(reasons[0])
        return BroadcastDecision(broadcast, None, False, text)
    text = _("宛先（%(audience)s）に含まれる見込みです。配信時点の情報で決まります。")
    return BroadcastDecision(broadcast, None, True, text % named)


def describe_audience(broadcast: Broadcast) -> str:
    """Return the audience in words, with the tag or the saved condition."""
    named = broadcast.tag or broadcast.segment
    label = broadcast.get_audience_display()
    if broadcast.audience == Broadcast.Audience.CONDITION:
        return f"{label}：{describe_condition(broadcast.condition)}"
    return f"{label}：{named.name}" if named else label
