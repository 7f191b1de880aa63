"""Save a scenario and its steps, and switch it on and off."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.models import Tag
from messaging.content.make import Written, make_contents
from messaging.models import Delivery, LineAccount, Scenario, Step, Trigger, Way
from messaging.scenarios.missed import enrol_missed_members
from operators import audit
from tenants.wakeups import wake

State = Delivery.State
When = dict[str, Any]


# ---------------------------------------------------------------- step messages
@transaction.atomic
def save_scenario(scenario: Scenario, tags: list[Tag]) -> Scenario:
    """Save a new or changed step message and its triggers, without switching it on."""
    action = "scenario.changed" if scenario.pk else "scenario.made"
    rows = Scenario.objects.filter(pk=scenario.pk)
    before = rows.values("condition", "segment").first()
    scenario.save()
    set_trigger_tags(scenario, tags)
    told = {"condition": scenario.condition, "segment": scenario.segment_id}
    audit.record_action(
        action, scenario, tags=[tag.pk for tag in tags], before=before, **told
    )
    return scenario


def set_trigger_tags(scenario: Scenario, tags: list[Tag]) -> None:
    """Let these tags start the scenario, and no others."""
    rows = scenario.triggers.filter(role=Trigger.Role.START, kind="tag_added")
    rows.exclude(tag__in=tags).delete()
    there = set(rows.values_list("tag_id", flat=True))
    Trigger.objects.bulk_create(
        Trigger(scenario=scenario, kind="tag_added", tag=tag)
        for tag in tags
        if tag.pk not in there
    )


@transaction.atomic
def switch_scenario_on(
    scenario: Scenario,
    include_missed: bool = False,
    send_parked: bool = False,
) -> int:
    """Switch the scenario on: from now on triggers count.

    What fell due while it was off is sent now or cancelled, as ``send_parked`` says. With ``include_missed`` the
    members who were tagged while it was off are enrolled; return how many.
    """
    if scenario.is_on:
        return 0
    enrolled = enrol_missed_members(scenario) if include_missed else 0
    parked = Delivery.objects.parked(scenario)
    if send_parked:
        senders = sorted(set(parked.values_list("sender_id", flat=True)))
        parked.update(state=State.SCHEDULED, due_at=Now(), reason="")
        for sender_id in senders:
            wake(scenario.tenant, "messaging.dispatch", subject=sender_id)
    else:
        parked.update(state=State.CANCELLED, reason="switched_on", finished_at=Now())
    scenario.is_on, scenario.switched_at = True, timezone.now()
    scenario.save(update_fields=["is_on", "switched_at"])
    audit.record_action("scenario.on", scenario, missed=enrolled, parked=send_parked)
    return enrolled


@transaction.atomic
def switch_scenario_off(scenario: Scenario) -> None:
    """Switch the scenario off: nothing is enrolled and nothing is sent.

    What falls due while it is off waits for a decision.
    """
    if not scenario.is_on:
        return
    scenario.is_on, scenario.switched_at = False, timezone.now()
    scenario.save(update_fields=["is_on", "switched_at"])
    audit.record_action("scenario.off", scenario)


@transaction.atomic
def save_step(
    scenario: Scenario,
    step: Step | None,
    when: When,
    written: Written,
) -> Step:
    """Save a step, with a new version of its content where the message changed.

    ``when``: the columns of its time that are set: delay, months, at_time.

    What is booked keeps the version with which it was booked.
    """
    if written.way != Way.MAIL and not scenario.account_id:
        give_line_account(scenario)
    step = step or Step(scenario=scenario)
    old = step.contents if step.content_id else []
    step.way = written.way
    step.content, step.mail_content = make_contents(written, old)
    for name, value in when.items():
        setattr(step, name, value)
    step.save()
    audit.record_action(
        "step.saved",
        step,
        scenario=scenario.pk,
        delay=step.delay.total_seconds(),
        months=step.months,
        at=f"{step.at_time:%H:%M}" if step.at_time else "",
        content=step.content_id,
    )
    return step


def give_line_account(scenario: Scenario) -> None:
    """Let a scenario that began with mails alone send by LINE too, from the shop's first account."""
    scenario.account = LineAccount.objects.order_by("-is_active", "pk").first()
    scenario.save(update_fields=["account"])


@transaction.atomic
def delete_step(step: Step) -> int:
    """Delete the step and cancel what is booked of it; return how many that were."""
    dropped = (
        Delivery.objects.filter(step=step)
        .booked()
        .update(state=State.CANCELLED, reason="step_deleted", finished_at=Now())
    )
    audit.record_action(
        "step.deleted", step, scenario=step.scenario_id, dropped=dropped
    )
    step.delete()
    return dropped
