"""What operators change: accounts, step messages, their steps, and the deliveries a person must decide on."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.models import Tag
from messaging.enrolling import enrol_missed
from messaging.models import Content, Delivery, LineAccount, Scenario, Step
from tenants import audit
from tenants.waking import wake

State = Delivery.State


# ---------------------------------------------------------------- step messages
@transaction.atomic
def save_scenario(scenario: Scenario, tags: list[Tag]) -> Scenario:
    """A new or changed step message and its triggers. Switching it on is switch_on()."""
    action = "scenario.changed" if scenario.pk else "scenario.made"
    scenario.save()
    scenario.trigger_tags.set(tags, through_defaults={"tenant": scenario.tenant})
    told = {"condition": scenario.condition, "segment": scenario.segment_id}
    audit.record(action, scenario, tags=[tag.pk for tag in tags], **told)
    return scenario


@transaction.atomic
def switch_on(scenario: Scenario, include_missed: bool = False, send_parked: bool = False) -> int:
    """From now on triggers count. Gives back how many members that came while it was off were put on it.

    What fell due while it was off is sent now or dropped, as ``send_parked`` says.
    """
    if scenario.is_on:
        return 0
    enrolled = enrol_missed(scenario) if include_missed else 0
    parked = scenario.parked()
    if send_parked:
        parked.update(due_at=Now(), reason="")
        wake(scenario.tenant, "messaging.dispatch", subject=scenario.account_id)
    else:
        parked.update(state=State.CANCELLED, reason="switched_on", finished_at=Now())
    scenario.is_on, scenario.switched_at = True, timezone.now()
    scenario.save(update_fields=["is_on", "switched_at"])
    audit.record("scenario.on", scenario, missed=enrolled, parked=send_parked)
    return enrolled


@transaction.atomic
def switch_off(scenario: Scenario) -> None:
    """Nothing is enrolled and nothing is sent; what falls due meanwhile waits for a decision."""
    if not scenario.is_on:
        return
    scenario.is_on, scenario.switched_at = False, timezone.now()
    scenario.save(update_fields=["is_on", "switched_at"])
    audit.record("scenario.off", scenario)


@transaction.atomic
def save_step(scenario: Scenario, step: Step | None, delay: timedelta, text: str, form_id: str) -> Step:
    """A new version of the content where the words changed: what is booked keeps the words it was booked with."""
    step = step or Step(scenario=scenario)
    if not step.content_id or (step.content.text, step.content.form_id) != (text, form_id):
        step.content = Content.objects.create(text=text, form_id=form_id)
    step.delay = delay
    step.save()
    audit.record("step.saved", step, scenario=scenario.pk, delay=delay.total_seconds(), content=step.content_id)
    return step


@transaction.atomic
def delete_step(step: Step) -> int:
    """Take the step out of the series; what is booked of it is dropped. Gives back how many."""
    booked = Delivery.objects.filter(step=step, state=State.SCHEDULED, first_tried_at=None)
    dropped = booked.update(state=State.CANCELLED, reason="step_deleted", finished_at=Now())
    audit.record("step.deleted", step, scenario=step.scenario_id, dropped=dropped)
    step.delete()
    return dropped


# ---------------------------------------------------------------- deliveries nobody knows the outcome of
@transaction.atomic
def mark_sent(delivery: Delivery) -> bool:
    """A person found that it arrived. False when it had been decided already."""
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    changed = bool(unknown.update(state=State.SENT, reason="by_hand", finished_at=Now()))
    if changed:
        audit.record("delivery.marked_sent", delivery)
    return changed


@transaction.atomic
def send_again(delivery: Delivery) -> bool:
    """A person decided to send it once more, under a new key: it may arrive twice. False when decided already."""
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    fresh: dict[str, Any] = {"retry_key": uuid.uuid4(), "first_tried_at": None, "finished_at": None, "due_at": Now()}
    changed = bool(unknown.update(state=State.SCHEDULED, reason="", **fresh))
    if changed:
        audit.record("delivery.sent_again", delivery)
        wake(delivery.tenant, "messaging.dispatch", subject=delivery.account_id)
    return changed


# ---------------------------------------------------------------- accounts
@transaction.atomic
def save_account(account: LineAccount) -> LineAccount:
    """Secrets stay out of the log."""
    action = "account.changed" if account.pk else "account.made"
    account.save()
    audit.record(action, account, channel=account.channel_id, active=account.is_active)
    if account.is_active and not account.stopped_reason:
        wake(account.tenant, "messaging.dispatch", subject=account.pk)
    return account
