"""Deliveries that another sender sends, decided when they are due: by their other channel, or by the rules of mails."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection

from messaging.accounts.routes import load_mail_routes, move_routed_mails
from messaging.deliveries.ledger import Decision, DueDelivery
from messaging.models import Broadcast, Delivery, Scenario, Sender
from tenants.models import Tenant
from tenants.wakeups import wake

# What goes out from the account that was named, whatever the rules say.
OWN = {Delivery.Source.TEST, Delivery.Source.NOTICE}
SWITCH = """
UPDATE messaging_delivery d
SET sender_id = r.sender_id, channel = CASE d.channel WHEN 'mail' THEN 'line' ELSE 'mail' END,
    content_id = d.other_content_id, other_content_id = d.content_id, reason = ''
FROM unnest(%(ids)s::bigint[], %(senders)s::bigint[]) AS r (id, sender_id)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.state = 0
"""


def find_other_senders(rows: Collection[DueDelivery]) -> dict[int, int]:
    """Return, by the delivery's id, the sender of its other channel, where the shop has one."""
    found: dict[int, int] = {}
    if to_mail := [row for row in rows if row.channel == "line"]:
        routes = load_mail_routes()
        found |= {row.id: routes.find_sender(row.email) or 0 for row in to_mail}
    if to_line := [row for row in rows if row.channel == "mail"]:
        found |= find_line_senders(to_line)
    return {pk: sender for pk, sender in found.items() if sender}


def find_line_senders(rows: Collection[DueDelivery]) -> dict[int, int]:
    of_scenarios = dict(list_line_senders(Scenario, (row.scenario_id for row in rows)))
    of_broadcasts = dict(
        list_line_senders(Broadcast, (row.broadcast_id for row in rows))
    )
    return {
        row.id: of_scenarios.get(row.scenario_id or 0)
        or of_broadcasts.get(row.broadcast_id or 0)
        or 0
        for row in rows
    }


def list_line_senders(
    model: type[Scenario] | type[Broadcast], pks: Iterable[int | None]
) -> Iterable[tuple[int, int]]:
    rows = model.objects.filter(
        pk__in={pk for pk in pks if pk}, account__is_active=True
    )
    return rows.order_by().values_list("pk", "account__sender_id")


def switch_deliveries(tenant: Tenant, decisions: Sequence[Decision]) -> None:
    """Hand deliveries that this transaction holds to the senders of their other channels, and wake them."""
    if not decisions:
        return
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "ids": [each.id for each in decisions],
        "senders": [each.sender for each in decisions],
    }
    with connection.cursor() as cursor:
        cursor.execute(SWITCH, values)
    for sender in sorted({each.sender for each in decisions}):
        wake(tenant, "messaging.dispatch", subject=sender)


def decide_switch(row: DueDelivery, senders: dict[int, int]) -> Decision | None:
    """Return the decision that hands a delivery over; None where the other channel has no sender."""
    sender = senders.get(row.id)
    return Decision(row.id, Delivery.State.SCHEDULED, sender=sender) if sender else None


def leave_to_others(sender: Sender, going: list[DueDelivery]) -> list[DueDelivery]:
    """Return what this sender sends; mails that the shop's rules now give to another account go there."""
    if sender.kind != Sender.Kind.MAIL or sender.is_relay:
        return going
    ruled = [
        (row.id, row.address or row.email) for row in going if row.source not in OWN
    ]
    moved = move_routed_mails(sender.tenant, sender, ruled) if ruled else set()
    return [row for row in going if row.id not in moved]
