"""Enrol members in a step message: one statement for one member and for a million.

A trigger is an event. Its key stands in the enrolment, so the same event enrols once, however often it is emitted.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from members.models import Tag, TagBatch
from messaging.models import Scenario, ScenarioTrigger
from tenants.models import Tenant
from tenants.wakeups import wake

# After a bulk tag the first messages wait this long, so that a mistake can be undone before anybody sees it.
UNDO_WINDOW = timedelta(minutes=5)
# {who} gives (scenario_id, member_id, trigger_key). The clock is the database's, as it is for the dispatcher.
ENROL = """
WITH who AS (
    SELECT w.* FROM ({who}) w
    JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = w.member_id AND m.deleted_at IS NULL),
enrolled AS (
    INSERT INTO messaging_enrollment (tenant_id, scenario_id, member_id, trigger_key, triggered_at)
    SELECT %(tenant)s, scenario_id, member_id, trigger_key, statement_timestamp() FROM who
    ON CONFLICT (tenant_id, scenario_id, member_id, trigger_key) DO NOTHING
    RETURNING id, scenario_id, member_id, triggered_at),
booked AS (
    INSERT INTO messaging_delivery (tenant_id, sender_id, enrollment_id, step_id, member_id, content_id,
                                    planned_at, due_at)
    SELECT %(tenant)s, a.sender_id, e.id, step.id, e.member_id, step.content_id,
           greatest({due}, statement_timestamp() + make_interval(secs => %(wait)s)),
           greatest({due}, statement_timestamp() + make_interval(secs => %(wait)s))
    FROM enrolled e
    JOIN messaging_scenario s ON s.tenant_id = %(tenant)s AND s.id = e.scenario_id
    JOIN messaging_lineaccount a ON a.tenant_id = %(tenant)s AND a.id = s.account_id
    JOIN messaging_step step ON step.tenant_id = %(tenant)s AND step.scenario_id = e.scenario_id
    ON CONFLICT (tenant_id, enrollment_id, step_id) DO NOTHING
    RETURNING sender_id, due_at)
SELECT sender_id, min(due_at), (SELECT count(*) FROM enrolled) FROM booked GROUP BY sender_id
"""
DUE = "e.triggered_at + step.delay"
# The first message at once, the others as far behind it as ever.
DUE_AT_ONCE = f"""{DUE} - (SELECT min(first.delay) FROM messaging_step first
    WHERE first.tenant_id = %(tenant)s AND first.scenario_id = e.scenario_id)"""
# Members whom an operator chose.
CHOSEN = """
SELECT %(scenario)s::bigint AS scenario_id, chosen.id AS member_id, %(key)s AS trigger_key
FROM unnest(%(members)s::bigint[]) chosen (id)
"""
# The members newly tagged by some batches, for the scenarios that the tags trigger. Two tags of one scenario that are
# put on in one transaction are one event: a member whom this transaction enrolled by another tag is left out. That
# costs a look-up for each member, so it is asked only of scenarios with several tags.
NEWLY_TAGGED = """
SELECT DISTINCT ON (t.scenario_id, mt.member_id) t.scenario_id, mt.member_id, 'tag:' || mt.batch_id AS trigger_key
FROM members_membertag mt
JOIN messaging_scenariotrigger t ON t.tenant_id = %(tenant)s AND t.tag_id = mt.tag_id
WHERE mt.tenant_id = %(tenant)s AND mt.batch_id = ANY(%(batches)s) AND t.scenario_id = ANY(%(scenarios)s)
  AND (t.scenario_id <> ALL(%(several)s) OR NOT EXISTS (
    SELECT FROM messaging_enrollment e
    JOIN members_membertag other ON other.tenant_id = %(tenant)s AND other.member_id = e.member_id
         AND e.trigger_key = 'tag:' || other.batch_id AND other.tag_id <> mt.tag_id
    WHERE e.tenant_id = %(tenant)s AND e.scenario_id = t.scenario_id AND e.member_id = mt.member_id
      AND e.triggered_at >= transaction_timestamp()))
ORDER BY t.scenario_id, mt.member_id, mt.batch_id
"""
# Members who answered and had the tags before. The same answer may also have put a *new* trigger tag of the scenario on
# them a moment ago, in this transaction: then this answer has enrolled them already.
ANSWERED_AGAIN = """
SELECT DISTINCT t.scenario_id, m.id AS member_id, %(key)s AS trigger_key
FROM messaging_scenariotrigger t
JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s)
WHERE t.tenant_id = %(tenant)s AND t.tag_id = ANY(%(tags)s) AND t.scenario_id = ANY(%(scenarios)s)
  AND NOT EXISTS (
    SELECT FROM messaging_enrollment e
    JOIN members_membertag mt ON mt.tenant_id = %(tenant)s AND mt.member_id = e.member_id
         AND e.trigger_key = 'tag:' || mt.batch_id AND mt.tag_id <> ALL(%(tags)s)
    WHERE e.tenant_id = %(tenant)s AND e.scenario_id = t.scenario_id AND e.member_id = m.id
      AND e.triggered_at >= transaction_timestamp())
"""


def enrol_tagged_members(
    sender: object,
    tenant: Tenant,
    tag: Tag,
    batch: TagBatch,
    now: bool = True,
    **kwargs: Any,
) -> None:
    """Enrol the tagged members in every scenario that is on now and waits for this tag; receives members_tagged."""
    scenarios = Scenario.objects.filter(is_on=True, triggers__tag=tag)
    pks = list(scenarios.values_list("pk", flat=True))
    others = (
        ScenarioTrigger.objects.filter(scenario__in=pks).exclude(tag=tag)
        if pks
        else ScenarioTrigger.objects.none()
    )
    several = list(others.values_list("scenario_id", flat=True).distinct())
    wait = timedelta() if now else UNDO_WINDOW
    enrol_members(tenant, pks, NEWLY_TAGGED, wait, batches=[batch.pk], several=several)


def enrol_answering_members(
    tenant: Tenant, tag_ids: Sequence[int], member_ids: Sequence[int], trigger_key: str
) -> None:
    """Enrol members who answered a form and had its tags before, in the scenarios that listen to such answers.

    ``trigger_key`` names the answer (at most 40 characters); the same key again changes nothing.
    """
    scenarios = Scenario.objects.filter(
        is_on=True, again_on_answer=True, triggers__tag__in=tag_ids
    )
    pks = scenarios.values_list("pk", flat=True)
    enrol_members(
        tenant,
        pks,
        ANSWERED_AGAIN,
        tags=list(tag_ids),
        members=list(member_ids),
        key=trigger_key,
    )


def enrol_chosen_members(
    scenario: Scenario, member_ids: Sequence[int], trigger_key: str
) -> int:
    """Enrol the members whom an operator chose; the first message goes at once. Return how many."""
    return enrol_members(
        scenario.tenant,
        [scenario.pk],
        CHOSEN,
        at_once=True,
        scenario=scenario.pk,
        members=list(member_ids),
        key=trigger_key,
    )


def enrol_missed_members(scenario: Scenario) -> int:
    """Enrol, from now on, those who got a trigger tag while the scenario was off; return how many."""
    batches = list(scenario.missed_batches().values_list("pk", flat=True))
    return enrol_members(
        scenario.tenant, [scenario.pk], NEWLY_TAGGED, batches=batches, several=[]
    )


@transaction.atomic
def enrol_members(
    tenant: Tenant,
    scenarios: Any,
    who: str,
    wait: timedelta = timedelta(),
    at_once: bool = False,
    **values: Any,
) -> int:
    """Enrol the members that ``who`` selects and wake the sender at the earliest message; return how many.

    ``who`` is SQL for ENROL, ``values`` its parameters. ``wait``: no message sooner than this from now.
    ``at_once``: the first message does not wait for its delay.
    """
    pks = list(scenarios)
    if not pks:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            ENROL.format(who=who, due=DUE_AT_ONCE if at_once else DUE),
            {
                "tenant": tenant.pk,
                "scenarios": pks,
                "wait": wait.total_seconds(),
                **values,
            },
        )
        rows = cursor.fetchall()
    for sender_id, due_at, _enrolled in sorted(
        rows
    ):  # in one order everywhere, so that two never wait for each other
        wake(
            tenant,
            "messaging.dispatch",
            at=max(due_at, timezone.now()),
            subject=sender_id,
        )
    return max((enrolled for *_, enrolled in rows), default=0)
