"""End runs of step messages: by a stop condition, at a goal, or because a new run takes their place."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from messaging.models import Scenario, Trigger
from messaging.triggers.rows import WhoRows
from tenants.models import Tenant

# Only what has not gone out; what was tried may have arrived, and its call ends it. An event ends the runs that began
# before it, never the one that it starts itself; with {since} >= also those of the same moment. {only} narrows the
# runs further.
STOP = """
WITH happened AS ({who}),
target AS (
    SELECT * FROM unnest(%(scenarios)s::bigint[], %(whys)s::text[], %(starting)s::bigint[])
        t (scenario_id, why, starting)),
ending AS (
    SELECT DISTINCT ON (e.id) e.id, t.why
    FROM happened w CROSS JOIN target t
    JOIN messaging_enrollment e ON e.tenant_id = %(tenant)s AND e.scenario_id = t.scenario_id
         AND e.member_id = w.member_id
    WHERE e.ended_at IS NULL AND e.refused = '' AND e.trigger_key <> w.event AND w.at {since} e.triggered_at {only}
    ORDER BY e.id, t.why),
cancelled AS (
    UPDATE messaging_delivery d
    SET state = 5, reason = ending.why, finished_at = statement_timestamp()
    FROM ending
    WHERE d.tenant_id = %(tenant)s AND d.enrollment_id = ending.id AND d.state IN (0, 7, 8)
    RETURNING d.enrollment_id, ending.why)
UPDATE messaging_enrollment e SET ended_at = statement_timestamp(), ended_why = c.why
FROM (SELECT DISTINCT enrollment_id, why FROM cancelled) c
WHERE e.tenant_id = %(tenant)s AND e.id = c.enrollment_id
"""
# An event that was counted before ends nothing when it is emitted once more.
NOT_COUNTED = """
AND NOT EXISTS (
    SELECT FROM messaging_enrollment x
    WHERE x.tenant_id = %(tenant)s AND x.scenario_id = t.starting AND x.member_id = w.member_id
      AND x.trigger_key = w.event)
"""
# Role of the trigger → why the run ended, and the reason of what is cancelled.
WHYS = {Trigger.Role.STOP: "stopped", Trigger.Role.GOAL: "goal"}
RESTARTED = "restarted"


def stop_by_triggers(
    tenant: Tenant, triggers: Collection[Trigger], rows: WhoRows
) -> int:
    """End the runs that these stop conditions and goals end for the members of ``rows``; return how many."""
    targets = {row.scenario_id: WHYS[Trigger.Role(row.role)] for row in triggers}
    if not targets:
        return 0
    values = {
        "scenarios": list(targets),
        "whys": list(targets.values()),
        "starting": [0] * len(targets),
    }
    return end_runs(tenant, rows, values)


def restart_scenarios(
    tenant: Tenant, scenarios: Collection[Scenario], rows: WhoRows
) -> int:
    """End the runs of these scenarios and of their groups, since a new run takes their place; return how many."""
    pairs = []
    for scenario in scenarios:
        peers = {scenario.pk}
        if scenario.group_id:
            in_group = Scenario.objects.filter(group=scenario.group_id)
            peers |= set(in_group.values_list("pk", flat=True))
        pairs += [(peer, scenario.pk) for peer in sorted(peers)]
    values = {
        "scenarios": [peer for peer, _starting in pairs],
        "whys": [RESTARTED] * len(pairs),
        "starting": [starting for _peer, starting in pairs],
    }
    return end_runs(tenant, rows, values, NOT_COUNTED, ">=")


def end_runs(
    tenant: Tenant,
    rows: WhoRows,
    values: dict[str, Any],
    only: str = "",
    since: str = ">",
) -> int:
    who, params = rows.name_params()
    with connection.cursor() as cursor:
        cursor.execute(
            STOP.format(who=who, only=only, since=since),
            {"tenant": tenant.pk, **values, **params},
        )
        return cursor.rowcount
