"""Who would have come in while a step message was off, and a person's choice to let them in now."""

from typing import Any

from django.db import connection, transaction

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
