"""Which of the claimed deliveries are sent, decided for all of them at once, now that they are due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from members.conditions.tree import BadCondition, filter_members
from members.models import Member
from messaging.deliveries.holds import LinkTiming, get_link_timing
from messaging.deliveries.ledger import ClaimedDelivery, DeliveryResult
from messaging.models import Delivery, Scenario
from tenants.models import Tenant

State = Delivery.State
LINE_REASONS = {
    Member.LineState.BLOCKED: "blocked",
    Member.LineState.NONE: "not_friend",
}
# Far enough that nobody looks at it again before the scenario is switched on.
PARKED_SECONDS = 100 * 365 * 86_400
# A held message is looked at by itself this often; after a poll cartsync asks for it (deliveries/sender.py).
HELD_SECONDS = 3600


def decide_deliveries(
    tenant: Tenant, claimed: Sequence[ClaimedDelivery]
) -> list[DeliveryResult]:
    """Return the decisions on those that are not to be sent now; whoever isn't named gets the message.

    What may have arrived already is tried again whatever the conditions say now: only LINE can tell, by its key.
    """
    decided = {row.id: decide_by_row(row) for row in claimed}
    by_scenario: dict[int, list[ClaimedDelivery]] = defaultdict(list)
    for row in claimed:
        if not decided[row.id] and not row.uncertain and row.scenario_id:
            by_scenario[row.scenario_id].append(row)
    if by_scenario:
        scenarios = list(
            Scenario.objects.filter(pk__in=by_scenario).select_related("segment")
        )
        timing = (
            get_link_timing(tenant)
            if any(scenario.wait_for_polls for scenario in scenarios)
            else LinkTiming()
        )
        for scenario in scenarios:
            decided.update(
                decide_by_scenario(scenario, by_scenario[scenario.pk], timing)
            )
    return [result for result in decided.values() if result]


def decide_by_row(row: ClaimedDelivery) -> DeliveryResult | None:
    """Return the decision against sending that follows from the row alone; None when nothing speaks against it."""
    if row.key_expired:
        return DeliveryResult(row.id, row.token, State.UNKNOWN, "expired")
    if row.uncertain:
        return None
    reason = explain_unreachable(
        row.user_id, row.line_state, row.deleted, row.opted_out
    )
    return DeliveryResult(row.id, row.token, State.SKIPPED, reason) if reason else None


def explain_unreachable(
    user_id: str | None, line_state: str, deleted: bool, opted_out: bool
) -> str:
    """Return why a member gets no LINE message at all; "" when they do."""
    if deleted:
        return "deleted"
    if opted_out:
        return "opted_out"
    return (
        "no_line" if not user_id else LINE_REASONS.get(Member.LineState(line_state), "")
    )


def decide_by_scenario(
    scenario: Scenario, rows: list[ClaimedDelivery], timing: LinkTiming
) -> Iterable[tuple[int, DeliveryResult]]:
    """Apply the scenario's switch, its conditions, and the wait for two polls, in this order.

    Return (delivery id, result) for those that are not to be sent now.
    """
    if not scenario.is_on:
        return _postpone(rows, "off", PARKED_SECONDS)
    given = Member.objects.filter(
        pk__in=[row.member_id for row in rows], deleted_at=None
    )
    try:
        lines, both = narrow_members(scenario, given)
        own = set(lines.values_list("pk", flat=True))
        fit = own if both is lines else set(both.values_list("pk", flat=True))
    except BadCondition:
        # Nobody is sent to on a condition that cannot be read, and nobody is dropped for it.
        return _postpone(rows, "broken", HELD_SECONDS)
    skipped = [
        (row.id, DeliveryResult(row.id, row.token, State.SKIPPED, reason))
        for row in rows
        if row.member_id not in fit
        for reason in ("segment" if row.member_id in own else "condition",)
    ]
    held = [
        row
        for row in rows
        if scenario.wait_for_polls
        and row.member_id in fit
        and must_wait_for_polls(row, timing)
    ]
    return skipped + _postpone(held, "held", HELD_SECONDS)


def _postpone(
    rows: Iterable[ClaimedDelivery], reason: str, seconds: int
) -> list[tuple[int, DeliveryResult]]:
    """Return (delivery id, result) that leaves each scheduled, for this reason, for so long."""
    return [
        (
            row.id,
            DeliveryResult(row.id, row.token, State.SCHEDULED, reason, seconds),
        )
        for row in rows
    ]


def narrow_members(
    scenario: Scenario, given: QuerySet[Member]
) -> tuple[QuerySet[Member], QuerySet[Member]]:
    """Return the members who fit the scenario's own conditions, and those of them who fit its saved condition too.

    Both conditions are taken as they read now. Raise BadCondition when one cannot be read.
    """
    own = filter_members(given, scenario.condition)
    return own, filter_members(
        own, scenario.segment.condition
    ) if scenario.segment else own


def must_wait_for_polls(row: ClaimedDelivery, timing: LinkTiming) -> bool:
    """Return whether the message must wait for the carts.

    Two successful polls of every cart must have begun since the newest answer; without an answer nothing waits.
    """
    return bool(
        row.answered_at
        and (timing.settled_at is None or row.answered_at > timing.settled_at)
    )
