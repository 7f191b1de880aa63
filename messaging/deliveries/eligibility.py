"""Which of the due deliveries are sent, decided for all of them at once, now that they are due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition
from members.models import Member
from messaging.content.footer import find_footer
from messaging.deliveries.holds import LinkTiming, get_link_timing
from messaging.deliveries.ledger import Decision, DueDelivery
from messaging.deliveries.reach import (
    SUPPRESSED,
    explain_neither,
    explain_no_mail,
    explain_unreachable,
)
from messaging.deliveries.switch import decide_switch, find_other_senders
from messaging.models import Delivery, Scenario, Suppression
from tenants.models import Tenant

State = Delivery.State
# A condition that cannot be read now is tried again this much later, in seconds.
BROKEN_SECONDS = 3600
# The direct answers to what a person has just done: an opt-out does not stop them.
DIRECT = {
    Delivery.Source.FORM_MAIL,
    Delivery.Source.NOTICE,
    Delivery.Source.TEST,
    Delivery.Source.REPLY,
}


def decide_deliveries(tenant: Tenant, due: Sequence[DueDelivery]) -> list[Decision]:
    """Return the decisions on those that are not to be sent now; whoever isn't named gets the message."""
    decided = {row.id: decide_by_row(row) for row in due}
    decided |= decide_by_ways(
        [row for row in due if row.other_content_id and not row.stopped]
    )
    decided |= decide_by_footer([row for row in due if not decided[row.id]])
    by_scenario: dict[int, list[DueDelivery]] = defaultdict(list)
    for row in due:
        if not decided[row.id] and row.scenario_id:
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
    return [decision for decision in decided.values() if decision]


def decide_by_row(row: DueDelivery) -> Decision | None:
    """Return the decision against sending that follows from the row alone; None when nothing speaks against it."""
    if row.stopped:
        return Decision(row.id, State.CANCELLED, "broadcast_stopped")
    reason = explain_row(row, row.channel)
    return Decision(row.id, State.SKIPPED, reason) if reason else None


def explain_row(row: DueDelivery, channel: str) -> str:
    """Return why the row's recipient gets nothing by this channel; "" when they do."""
    direct = row.source in DIRECT
    if channel == "mail" and (held := explain_suppressed(row.suppressed, row.source)):
        return held
    if row.address:
        return ""
    if channel == "mail":
        return explain_no_mail(
            row.email, row.deleted, row.mail_opted_out and not direct
        )
    return explain_unreachable(
        row.user_id, row.line_state, row.deleted, row.line_opted_out and not direct
    )


def explain_suppressed(suppressed: str, source: int) -> str:
    """Return why this address gets no mail of this source; "" when it does.

    Who unsubscribed still gets the answers to what they do. An address that does not take mail gets none, but for the
    test that an operator sends, and what operators are told.
    """
    if source in (Delivery.Source.TEST, Delivery.Source.NOTICE):
        return ""
    if suppressed == Suppression.Reason.UNSUBSCRIBED and source in DIRECT:
        return ""
    return SUPPRESSED.get(suppressed, "")


def decide_by_footer(rows: Sequence[DueDelivery]) -> dict[int, Decision | None]:
    """Return the decisions on advertising mails of a shop that has not said who it is: they wait until it has."""
    ads = [row for row in rows if row.is_ad and row.channel == "mail"]
    if not ads or find_footer():
        return {}
    return {
        row.id: Decision(row.id, State.SCHEDULED, "no_footer", BROKEN_SECONDS)
        for row in ads
    }


def decide_by_ways(rows: Sequence[DueDelivery]) -> dict[int, Decision | None]:
    """Return, by its id, the decision on each row that may go by LINE or by mail, whichever reaches its member."""
    against = {
        row.id: (explain_row(row, "line"), explain_row(row, "mail")) for row in rows
    }
    wanted = {
        row.id: ("line" if not against[row.id][0] else "mail")
        for row in rows
        if "" in against[row.id]
    }
    moving = [row for row in rows if wanted.get(row.id, row.channel) != row.channel]
    senders = find_other_senders(moving) if moving else {}
    decided: dict[int, Decision | None] = {}
    for row in rows:
        switched = decide_switch(row, senders)
        reason = explain_neither(*against[row.id]) or explain_row(row, row.channel)
        decided[row.id] = switched or (
            Decision(row.id, State.SKIPPED, reason) if reason else None
        )
    return decided


def decide_by_scenario(
    scenario: Scenario, rows: list[DueDelivery], timing: LinkTiming
) -> Iterable[tuple[int, Decision]]:
    """Apply the scenario's switch, its conditions, and the wait for two polls, in this order.

    Return (delivery id, decision) for those that are not to be sent now.
    """
    if not scenario.is_on:
        return _decide_all(rows, State.PARKED, "off")
    given = Member.objects.filter(
        pk__in=[row.member_id for row in rows], deleted_at=None
    )
    try:
        lines, both = narrow_members(scenario, given)
        own = set(lines.values_list("pk", flat=True))
        fit = own if both is lines else set(both.values_list("pk", flat=True))
    except BadCondition:
        # Nobody is sent to on a condition that cannot be read, and nobody is dropped for it.
        return _decide_all(rows, State.SCHEDULED, "broken", BROKEN_SECONDS)
    skipped = [
        (row.id, Decision(row.id, State.SKIPPED, reason))
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
    return skipped + _decide_all(held, State.HELD, "held")


def _decide_all(
    rows: Iterable[DueDelivery], state: int, reason: str, seconds: int = 0
) -> list[tuple[int, Decision]]:
    return [(row.id, Decision(row.id, state, reason, seconds)) for row in rows]


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


def must_wait_for_polls(row: DueDelivery, timing: LinkTiming) -> bool:
    """Return whether the message must wait for the carts.

    Two successful polls of every cart must have begun since the newest answer; without an answer nothing waits.
    """
    return bool(
        row.answered_at
        and (timing.settled_at is None or row.answered_at > timing.settled_at)
    )
