"""The group of follow mails, which a step message joins by itself when an order or a shipping is to start it."""

from django.db import transaction

from messaging.models import Scenario, ScenarioGroup, Trigger
from messaging.triggers.kinds import get_trigger_kind
from operators import audit

# A name of the shop's, in its language; the shop may rename the group or take a step message out of it.
FOLLOW_GROUP = "フォローメール"


@transaction.atomic
def join_follow_group(scenario: Scenario, role: str, kind: str) -> bool:
    """Put a step message that an order or a shipping starts into the group of follow mails; return whether it did.

    So a buyer is in one of them at a time, and a second order is counted over all of them. One that has a group stays
    in it. Ready-made ones are made to run beside each other and are in none.
    """
    if role != Trigger.Role.START or not get_trigger_kind(kind).is_followed:
        return False
    if scenario.group_id:
        return False
    scenario.group = ScenarioGroup.objects.get_or_create(name=FOLLOW_GROUP)[0]
    scenario.save(update_fields=["group"])
    audit.record_action("scenario.joined", scenario, group=FOLLOW_GROUP)
    return True
