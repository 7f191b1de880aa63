"""Enrol members in step messages: one statement for one member and for a million.

A trigger is an event. Its key stands in the enrolment, so the same event enrols once, however often it is emitted.
When each step goes out was computed before (messaging/schedule/), once for each moment from which it counts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from messaging.accounts.routes import load_mail_routes
from messaging.deliveries.reach import BY_MAIL_SQL
from messaging.models import Delivery, Scenario, Step, Trigger, Way
from messaging.scenarios.plan import LATE, PlannedStep, list_planned_steps
from messaging.scenarios.stop import restart_scenarios
from messaging.triggers.rows import WhoRows, build_who
from tenants.models import Tenant
from tenants.wakeups import wake

LOCK_CLASS = 0x656E72  # "enr"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# {who} gives (member_id, event, at). Two triggers of one scenario that fire in one transaction are one event (an answer
# puts two tags on): {once} leaves out whom this transaction enrolled by another trigger. That costs a look-up for each
# member, so it is asked only of scenarios with several triggers. {judged} is JUDGED or UNJUDGED.
ENROL = """
WITH happened AS ({who}),
start AS (
    SELECT * FROM unnest(%(scenarios)s::bigint[], %(triggers)s::bigint[], %(rules)s::text[], %(most)s::int[],
                         %(groups)s::bigint[], %(sinces)s::timestamptz[])
        s (scenario_id, started_by, rule, most, peers, since)),
who AS (
    SELECT DISTINCT ON (s.scenario_id, w.member_id, w.event)
           s.scenario_id, s.started_by, s.rule, s.most, s.peers, w.member_id, w.event, w.at
    FROM happened w CROSS JOIN start s
    JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = w.member_id AND m.deleted_at IS NULL
    WHERE w.at >= s.since AND {once}
    ORDER BY s.scenario_id, w.member_id, w.event, s.started_by),
judged AS ({judged}),
enrolled AS (
    INSERT INTO messaging_enrollment (tenant_id, scenario_id, member_id, trigger_key, triggered_at, started_by, refused,
                                      ended_why)
    SELECT %(tenant)s, scenario_id, member_id, event, at, started_by, refused, '' FROM judged
    ON CONFLICT (tenant_id, scenario_id, member_id, trigger_key) DO NOTHING
    RETURNING id, scenario_id, member_id, triggered_at, refused),
due AS (
    SELECT * FROM unnest(%(steps)s::bigint[], %(bases)s::timestamptz[], %(dues)s::timestamptz[],
                         %(moved)s::timestamptz[], %(late)s::boolean[]) d (step_id, base, at, moved_from, late)),
booked AS (
    INSERT INTO messaging_delivery (tenant_id, {columns} is_ad, enrollment_id, step_id, member_id, state,
                                    planned_at, due_at, moved_from, reason, finished_at)
    SELECT %(tenant)s, {values} s.is_ad, e.id, step.id, e.member_id,
           CASE WHEN due.late THEN 3 ELSE 0 END, due.at, due.at, due.moved_from,
           CASE WHEN due.late THEN 'late' ELSE '' END, CASE WHEN due.late THEN statement_timestamp() END
    FROM enrolled e
    JOIN messaging_scenario s ON s.tenant_id = %(tenant)s AND s.id = e.scenario_id
    JOIN messaging_step step ON step.tenant_id = %(tenant)s AND step.scenario_id = e.scenario_id
    JOIN due ON due.step_id = step.id AND due.base = e.triggered_at
    {ways}
    WHERE e.refused = ''
    ON CONFLICT (tenant_id, enrollment_id, step_id) DO NOTHING
    RETURNING sender_id, due_at, state)
SELECT NULL, NULL, count(*) FROM enrolled WHERE refused = ''
UNION ALL SELECT sender_id, min(due_at), 0 FROM booked WHERE state = 0 GROUP BY sender_id
"""
# Where every message goes by LINE, the way of each need not be asked.
LINE_ALONE = {
    "columns": "sender_id, content_id,",
    "values": "a.sender_id, step.content_id,",
    "ways": "JOIN messaging_lineaccount a ON a.tenant_id = %(tenant)s AND a.id = s.account_id",
}
BY_WAY = {
    "columns": "sender_id, channel, content_id, other_content_id,",
    "values": "w.sender_id, CASE WHEN w.by_mail THEN 'mail' ELSE 'line' END,"
    " CASE WHEN step.way = 'either' AND w.by_mail THEN step.mail_content_id ELSE step.content_id END,"
    " CASE WHEN step.way = 'either' THEN CASE WHEN w.by_mail THEN step.content_id ELSE step.mail_content_id END END,",
    "ways": """
    JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = e.member_id
    LEFT JOIN messaging_lineaccount a ON a.tenant_id = %(tenant)s AND a.id = s.account_id
    JOIN LATERAL (SELECT c.by_mail, CASE WHEN c.by_mail THEN {route} ELSE a.sender_id END
                  FROM (SELECT {by_mail}) c (by_mail)) w (by_mail, sender_id) ON w.sender_id IS NOT NULL
    """,
}
NOT_TWICE = """
(s.scenario_id <> ALL(%(several)s) OR NOT EXISTS (
    SELECT FROM messaging_enrollment e
    WHERE e.tenant_id = %(tenant)s AND e.scenario_id = s.scenario_id AND e.member_id = w.member_id
      AND e.started_by <> ALL(%(triggers)s) AND e.created_at >= transaction_timestamp()))
"""
UNJUDGED = "SELECT *, '' AS refused FROM who"
# The rules for a second event (F9) and the groups whose scenarios exclude each other (F2). A run is any enrolment that
# was not refused; it is under way while one of its messages has not gone out.
RUN = """
SELECT FROM messaging_enrollment e
WHERE e.tenant_id = %(tenant)s AND e.member_id = r.member_id AND e.refused = '' AND e.trigger_key <> r.event
"""
PEERS = """
(e.scenario_id = r.scenario_id OR r.peers IS NOT NULL AND e.scenario_id IN (
    SELECT p.id FROM messaging_scenario p WHERE p.tenant_id = %(tenant)s AND p.group_id = r.peers))
"""
UNDER_WAY = """
e.ended_at IS NULL AND EXISTS (
    SELECT FROM messaging_delivery d
    WHERE d.tenant_id = %(tenant)s AND d.enrollment_id = e.id AND d.state = ANY(%(under_way)s))
"""
JUDGED = f"""
SELECT r.*, CASE
    WHEN r.leader <> r.scenario_id THEN 'group'
    WHEN r.rule <> 'every' AND r.place > 1 THEN r.rule
    WHEN r.most IS NOT NULL AND r.place + (
        SELECT count(*) FROM messaging_enrollment e
        WHERE e.tenant_id = %(tenant)s AND e.scenario_id = r.scenario_id AND e.member_id = r.member_id
          AND e.refused = '' AND e.trigger_key <> r.event) > r.most THEN 'most'
    WHEN r.rule = 'once' AND EXISTS ({RUN} AND {PEERS}) THEN 'once'
    WHEN r.rule = 'not_running' AND EXISTS ({RUN} AND {PEERS} AND {UNDER_WAY}) THEN 'not_running'
    WHEN r.rule = 'restart' AND EXISTS ({RUN} AND {PEERS} AND e.ended_at IS NULL AND e.triggered_at > r.at)
        THEN 'restart'
    WHEN r.rule = 'every' AND r.peers IS NOT NULL
         AND EXISTS ({RUN} AND {PEERS} AND e.scenario_id <> r.scenario_id AND {UNDER_WAY}) THEN 'group'
    ELSE '' END AS refused
FROM (
    SELECT who.*, row_number() OVER one AS place, first_value(who.scenario_id) OVER one AS leader
    FROM who
    WINDOW one AS (PARTITION BY coalesce(-who.peers, who.scenario_id), who.member_id
                   ORDER BY extract(epoch FROM who.at) * CASE WHEN who.rule = 'restart' THEN -1 ELSE 1 END,
                            who.scenario_id,
                            CASE WHEN who.rule = 'restart' THEN length(who.event) END DESC,
                            CASE WHEN who.rule = 'restart' THEN who.event END DESC,
                            length(who.event), who.event)) r
"""


@dataclass(frozen=True)
class Start:
    """A scenario that an event starts, and the trigger that says so; 0 where a person does."""

    scenario: Scenario
    started_by: int = 0


def enrol_answering_members(
    tenant: Tenant, tag_ids: Sequence[int], member_ids: Sequence[int], trigger_key: str
) -> None:
    """Enrol members who answered a form and had its tags before, in the scenarios that listen to such answers.

    ``trigger_key`` names the answer (at most 40 characters); the same key again changes nothing.
    """
    triggers = Trigger.objects.filter(
        role=Trigger.Role.START,
        kind="tag_added",
        tag__in=tag_ids,
        scenario__is_on=True,
        scenario__again_on_answer=True,
        scenario__deleted_at=None,
    )
    starts = [
        Start(row.scenario, row.pk) for row in triggers.select_related("scenario")
    ]
    rows = build_who(member_ids, trigger_key) if starts else None
    if rows:
        enrol_by_triggers(tenant, starts, rows)


def enrol_chosen_members(
    scenario: Scenario, member_ids: Sequence[int], trigger_key: str
) -> int:
    """Enrol the members whom an operator chose; the first message goes at once. Return how many."""
    rows = build_who(member_ids, trigger_key)
    if rows is None:
        return 0
    return enrol_by_triggers(scenario.tenant, [Start(scenario)], rows, at_once=True)


@transaction.atomic
def enrol_by_triggers(
    tenant: Tenant,
    starts: Collection[Start],
    rows: WhoRows,
    *,
    wait: timedelta = timedelta(),
    at_once: bool = False,
) -> int:
    """Enrol the members of ``rows`` and wake the sender at the earliest message; return how many runs began.

    ``wait``: no message sooner than this from now. ``at_once``: the first message does not wait for its delay.
    """
    if not starts:
        return 0
    scenarios = {start.scenario.pk: start.scenario for start in starts}
    judged = [row for row in scenarios.values() if needs_decision(row)]
    lock_scenarios(judged)
    if restarted := [row for row in judged if row.second_event == "restart"]:
        restart_scenarios(tenant, restarted, rows)
    plan = list_planned_steps(scenarios.values(), rows.bases, rows.now, wait, at_once)
    several = find_several(starts)
    who, values = rows.name_params()
    ways, routes = choose_ways(scenarios)
    sql = ENROL.format(
        who=who,
        **ways,
        once=NOT_TWICE if several else "true",
        judged=JUDGED if judged else UNJUDGED,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql, values | routes | build_enrolment_values(tenant, starts, several, plan)
        )
        found = cursor.fetchall()
    # In one order everywhere, so that two never wait for each other.
    for sender_id, due, _count in sorted(row for row in found if row[0]):
        wake(tenant, "messaging.dispatch", at=due, subject=sender_id)
    return sum(count for _sender, _due, count in found)


def choose_ways(
    scenario_ids: Collection[int],
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the parts of ENROL that book each message by its channel, and their values."""
    others = Step.objects.filter(scenario__in=scenario_ids).exclude(way=Way.LINE)
    if not others.exists():
        return LINE_ALONE, {}
    routes = load_mail_routes()
    route = routes.build_sql("m.email")
    ways = BY_WAY["ways"].format(route=route, by_mail=BY_MAIL_SQL)
    return {**BY_WAY, "ways": ways}, routes.values


def needs_decision(scenario: Scenario) -> bool:
    """Return whether an event may be refused: by the rule, by the group, or by the limit for a member."""
    return bool(
        scenario.second_event != Scenario.SecondEvent.EVERY
        or scenario.group_id
        or scenario.max_runs is not None
    )


def find_earliest_event(scenario: Scenario) -> datetime:
    """Return since when events count: an order of the time before it was switched on is history.

    A day of grace, since a cart tells late what happened.
    """
    return (scenario.switched_at - LATE) if scenario.switched_at else BEGINNING


def lock_scenarios(scenarios: Collection[Scenario]) -> None:
    """Let two events of one group wait for each other, so that the second sees what the first started."""
    keys = {-row.group_id if row.group_id else row.pk for row in scenarios}
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
                [LOCK_CLASS, key],
            )


def find_several(starts: Collection[Start]) -> list[int]:
    """Return the scenarios that other triggers start besides those that fired."""
    fired = [start.started_by for start in starts if start.started_by]
    others = Trigger.objects.filter(
        role=Trigger.Role.START,
        scenario__in={start.scenario.pk for start in starts if start.started_by},
    )
    rows = others.exclude(pk__in=fired).values_list("scenario_id", flat=True)
    return list(rows.distinct())


def build_enrolment_values(
    tenant: Tenant,
    starts: Collection[Start],
    several: list[int],
    plan: Collection[PlannedStep],
) -> dict[str, Any]:
    """Return the values of ENROL besides those of whom it is about."""
    ordered = sorted(starts, key=lambda start: (start.scenario.pk, start.started_by))
    return {
        "tenant": tenant.pk,
        "scenarios": [start.scenario.pk for start in ordered],
        "triggers": [start.started_by for start in ordered],
        "rules": [start.scenario.second_event for start in ordered],
        "most": [start.scenario.max_runs for start in ordered],
        "groups": [start.scenario.group_id for start in ordered],
        "sinces": [find_earliest_event(start.scenario) for start in ordered],
        "several": several,
        "under_way": list(Delivery.UNDER_WAY),
        "steps": [step.step_id for step in plan],
        "bases": [step.base for step in plan],
        "dues": [step.at for step in plan],
        "moved": [step.moved_from for step in plan],
        "late": [step.is_late for step in plan],
    }
