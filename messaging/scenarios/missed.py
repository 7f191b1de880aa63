"""Who would have come in while a step message was off, whom its triggers are true for, and a choice to let them in."""

from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from members.models import Member
from messaging.models import Scenario
from messaging.scenarios.enroll import Start, enrol_by_triggers
from messaging.triggers.kinds import get_trigger_kind
from messaging.triggers.rows import WhoRows, build_keyed

COUNT = "SELECT count(*) FROM ({}) w"


def build_missed(scenario: Scenario) -> WhoRows | None:
    """Return the members whom its triggers would have let in since it was made or last switched off."""
    since = scenario.switched_at or scenario.created_at
    found: list[Any] = [
        get_trigger_kind(trigger.kind).find_missed(trigger, since)
        for trigger in scenario.starts
    ]
    return build_keyed([rows for rows in found if rows is not None])


def count_missed_members(scenario: Scenario) -> int:
    """Count the members who were triggered while it was off; those who lost the tag again do not count."""
    rows = None if scenario.is_on else build_missed(scenario)
    if rows is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(rows.sql), rows.params)
        (count,) = cursor.fetchone()
    return int(count)


@transaction.atomic
def enrol_missed_members(scenario: Scenario) -> int:
    """Enrol, from now on, those who were triggered while the scenario was off; return how many."""
    rows = build_missed(scenario)
    if rows is None:
        return 0
    first = scenario.starts[0].pk
    return enrol_by_triggers(scenario.tenant, [Start(scenario, first)], rows)


# ---------------------------------------------------------------- at the first start
def select_current_members(scenario: Scenario) -> QuerySet[Member]:
    """Return those for whom a trigger is true at the first start: who has the tag, who is a friend, who is linked.

    Nobody once it was started: whom it is true for has come in, or a person decided that they do not.
    """
    if scenario.is_on or scenario.switched_at:
        return Member.objects.none()
    return select_true_members(scenario)


def select_true_members(scenario: Scenario) -> QuerySet[Member]:
    """Return those for whom a trigger is true now."""
    found = [
        get_trigger_kind(trigger.kind).find_current(trigger)
        for trigger in scenario.starts
    ]
    parts = [Q(pk__in=rows) for rows in found if rows is not None]
    if not parts:
        return Member.objects.none()
    return Member.objects.filter(reduce(or_, parts), deleted_at=None)
