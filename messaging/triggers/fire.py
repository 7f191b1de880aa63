"""The one door for everything that happens to members: it starts step messages, and ends them."""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection, transaction

from messaging.models import Trigger
from messaging.scenarios.enroll import Start, enrol_by_triggers
from messaging.scenarios.stop import stop_by_triggers
from messaging.triggers.rows import Happening, Who, build_who
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

__all__ = ["Happening", "find_listening_kinds", "fire_trigger"]
LISTENING = """
SELECT DISTINCT t.kind FROM messaging_trigger t
JOIN messaging_scenario s ON s.tenant_id = t.tenant_id AND s.id = t.scenario_id AND s.deleted_at IS NULL
WHERE t.tenant_id = %s AND t.kind = ANY(%s)
"""
Ref = str | int | Collection[str | int]


@transaction.atomic(savepoint=False)
def fire_trigger(
    tenant: Tenant,
    kind: str,
    ref: Ref,
    who: Who,
    key: str = "",
    wait: timedelta = timedelta(),
) -> int:
    """Let an event count, for one member and for a million; return how many runs it started.

    ``kind``: of messaging/triggers/kinds.py. ``ref``: what it is about (a tag's pk, the public id of a form or a cart),
    or several of them. ``who``: a queryset of members, or of one column with their ids; ids; or Happenings, where each
    has its own key and time. ``key`` names the event otherwise (at most 40 characters): the same key again changes
    nothing. ``wait``: no message sooner than this from now. Runs are stopped first, then started.
    """
    if not find_listening_kinds([kind]):
        return 0  # as for most of what happens
    triggers = find_triggers(kind, ref)
    if not triggers or (rows := build_who(who, key)) is None:
        return 0
    starts = [
        Start(row.scenario, row.pk)
        for row in triggers
        if row.role == "start" and row.scenario.is_on
    ]
    stop_by_triggers(tenant, [row for row in triggers if row.role != "start"], rows)
    return enrol_by_triggers(tenant, starts, rows, wait=wait)


def find_listening_kinds(kinds: Collection[str]) -> set[str]:
    """Return those of these kinds to which a scenario of the shop listens at all."""
    with connection.cursor() as cursor:
        cursor.execute(LISTENING, [get_current_tenant_id(), list(kinds)])
        return {kind for (kind,) in cursor.fetchall()}


def find_triggers(kind: str, ref: Ref) -> list[Trigger]:
    """Return the triggers that listen to this: those about ``ref``, and those about anything of the kind."""
    refs = [ref] if isinstance(ref, str | int) else ref
    about = {str(each) for each in refs}
    rows = Trigger.objects.filter(kind=kind, scenario__deleted_at=None)
    found = rows.select_related("scenario").order_by("scenario_id", "pk")
    return [row for row in found if row.subject in ("", *about)]
