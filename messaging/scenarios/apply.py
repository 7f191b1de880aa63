"""Apply a changed message to what is booked of it already, because a person decided so (F11)."""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from messaging.models import Delivery, Scenario, Step, Way
from messaging.scenarios.plan import list_planned_steps
from messaging.triggers.rows import read_clock
from operators import audit
from tenants.wakeups import wake

# Only what has not gone out: a row that a sender has taken meanwhile is locked, and no longer booked when it is free.
MOVE = """
WITH due AS (
    SELECT * FROM unnest(%(bases)s::timestamptz[], %(dues)s::timestamptz[], %(moved)s::timestamptz[])
        d (base, at, moved_from))
UPDATE messaging_delivery d SET planned_at = due.at, due_at = due.at, moved_from = due.moved_from
FROM messaging_enrollment e, due
WHERE d.tenant_id = %(tenant)s AND d.step_id = %(step)s AND d.state = ANY(%(booked)s)
  AND e.tenant_id = %(tenant)s AND e.id = d.enrollment_id AND due.base = e.triggered_at
  AND d.planned_at <> due.at
RETURNING d.id, d.sender_id, d.due_at
"""


def select_booked(step: Step) -> QuerySet[Delivery]:
    """Return what is booked of the message, the next first."""
    return Delivery.objects.booked().filter(step=step).order_by("planned_at", "pk")


def count_outdated(scenario: Scenario) -> Counter[int]:
    """Return, by the step's id, how many are booked with an older version of its content."""
    rows = Delivery.objects.booked().filter(step__scenario=scenario)
    now = Q(content=F("step__content")) | Q(content=F("step__mail_content"))
    steps = rows.exclude(now).order_by().values_list("step")
    return Counter(dict(steps.annotate(Count("pk"))))


@transaction.atomic
def apply_step(step: Step, with_times: bool) -> int:
    """Give what is booked the message as it is now, and with ``with_times`` its time too; return how many changed.

    A time that is over already is left as it was booked.
    """
    touched = change_contents(step)
    if with_times:
        touched |= move_booked(step)
    count = len(touched)
    audit.record_action(
        "step.applied", step, scenario=step.scenario_id, count=count, times=with_times
    )
    return count


def change_contents(step: Step) -> set[int]:
    """Let what is booked of the step say what it says now, by the channel of each; return the ids of what changed.

    A message that went by another way keeps its channel where the step has no words for the new one.
    """
    touched: set[int] = set()
    line, mail = list_contents(step)
    for channel, own, other in (("line", line, mail), ("mail", mail, line)):
        if not own:
            continue
        booked = select_booked(step).filter(channel=channel).order_by()
        newer = booked.exclude(content=own, other_content=other)
        touched |= set(newer.values_list("pk", flat=True))
        newer.update(content=own, other_content=other)
    return touched


def list_contents(step: Step) -> tuple[int | None, int | None]:
    """Return the ids of what it says by LINE and by mail; None for a channel that it does not use."""
    if step.way == Way.EITHER:
        return step.content_id, step.mail_content_id
    return (None, step.content_id) if step.way == Way.MAIL else (step.content_id, None)


def move_booked(step: Step) -> set[int]:
    """Plan again what is booked of the step; return the ids of what moved."""
    scenario = Scenario.objects.select_related("tenant").get(pk=step.scenario_id)
    now = read_clock()
    moments = select_booked(step).order_by().values_list("enrollment__triggered_at")
    bases = [base for (base,) in moments.distinct() if base]
    plan = [
        row
        for row in list_planned_steps([scenario], bases, now)
        if row.step_id == step.pk and row.at >= now
    ]
    values = {
        "tenant": step.tenant_id,
        "step": step.pk,
        "booked": list(Delivery.BOOKED),
        "bases": [row.base for row in plan],
        "dues": [row.at for row in plan],
        "moved": [row.moved_from for row in plan],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, values)
        moved = cursor.fetchall()
    for sender_id in sorted({sender for _pk, sender, _due in moved}):
        earliest = min(due for _pk, sender, due in moved if sender == sender_id)
        wake(scenario.tenant, "messaging.dispatch", at=earliest, subject=sender_id)
    return {pk for pk, _sender, _due in moved}
