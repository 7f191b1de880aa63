"""Copy a step message, and delete one with what is booked of it."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import Delivery, Enrollment, Scenario
from operators import audit
from tenants.fields import generate_public_id

NAME_LENGTH = 100
DELETED = "scenario_deleted"


@transaction.atomic
def copy_scenario(scenario: Scenario) -> Scenario:
    """Copy the settings, the triggers and the messages; the copy is off and nobody runs through it."""
    copy = Scenario.objects.get(pk=scenario.pk)
    steps, triggers = list(copy.steps.in_order()), list(copy.triggers.order_by("pk"))
    copy.pk, copy.public_id = None, generate_public_id()
    copy.name = (_("%(name)sのコピー") % {"name": scenario.name})[:NAME_LENGTH]
    copy.is_on, copy.switched_at, copy._state.adding = False, None, True
    copy.save()
    rows: list[Any] = [*steps, *triggers]
    for row in rows:
        row.pk, row.scenario, row._state.adding = None, copy, True
        if hasattr(row, "public_id"):
            row.public_id = generate_public_id()
        row.save()
    audit.record_action("scenario.copied", copy, source=scenario.pk)
    return copy


def count_booked(scenario: Scenario) -> int:
    return Delivery.objects.booked().filter(enrollment__scenario=scenario).count()


@transaction.atomic
def delete_scenario(scenario: Scenario) -> int:
    """Hide the scenario for good, cancel what is booked and end those runs; return how many messages that were.

    The log keeps what was sent.
    """
    booked = Delivery.objects.booked().filter(enrollment__scenario=scenario)
    dropped = booked.update(
        state=Delivery.State.CANCELLED, reason=DELETED, finished_at=Now()
    )
    cancelled = Delivery.objects.filter(enrollment=OuterRef("pk"), reason=DELETED)
    runs = Enrollment.objects.filter(Exists(cancelled), scenario=scenario)
    runs.filter(ended_at=None).update(ended_at=Now(), ended_why=DELETED)
    # What it named is free again: a tag, a saved condition, an attribute.
    scenario.triggers.all().delete()
    scenario.is_on, scenario.deleted_at = False, timezone.now()
    scenario.condition, scenario.segment, scenario.group = {}, None, None
    scenario.save()
    audit.record_action("scenario.deleted", scenario, dropped=dropped)
    return dropped
