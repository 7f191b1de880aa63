"""Add and remove what starts a step message, stops it, or is its goal."""

from typing import Any

from django.db import transaction

from members.models import Attribute, Tag
from messaging.models import Scenario, Trigger
from messaging.schedule.due import get_shop_zone
from messaging.triggers.fire_dates import wake_for_dates
from messaging.triggers.kinds import get_trigger_kind
from messaging.triggers.rows import read_clock
from operators import audit


@transaction.atomic
def add_trigger(
    scenario: Scenario, role: str, kind: str, subject: str = "", days: int = 0
) -> Trigger:
    """Add a trigger; the same one again changes nothing.

    ``subject``: the public id of what it is about, "" for any. ``days`` count from a date, before it when negative.
    A date counts from the next night on.
    """
    what = get_trigger_kind(kind)
    columns: dict[str, Any] = {"ref": ""}
    if what.subject == "tag":
        columns["tag"] = Tag.objects.get(public_id=subject)
    elif what.subject == "attribute":
        columns["attribute"] = Attribute.objects.get(public_id=subject)
    else:
        columns["ref"] = subject
    columns["params"] = {"days": days} if what.is_date else {}
    trigger, is_new = Trigger.objects.get_or_create(
        scenario=scenario, role=role, kind=kind, **columns
    )
    if is_new and what.is_date:
        trigger.fired_on = read_clock().astimezone(get_shop_zone()).date()
        trigger.save(update_fields=["fired_on"])
        wake_for_dates(scenario.tenant)
    if is_new:
        audit.record_action(
            "trigger.added", scenario, role=role, kind=kind, subject=trigger.subject
        )
    return trigger


@transaction.atomic
def remove_trigger(trigger: Trigger) -> None:
    """Remove a trigger; runs that it started go on."""
    told = {"role": trigger.role, "kind": trigger.kind, "subject": trigger.subject}
    audit.record_action("trigger.removed", trigger.scenario, **told)
    trigger.delete()
