"""How many of those who came into a scenario got each of its messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.models import Delivery, Enrollment, Scenario, Step


@dataclass(frozen=True)
class StepReach:
    """``percent``: of the runs that began. ``lost``: per cent points fewer than the message before; 0 for none."""

    step: Step
    sent: int
    waiting: int
    percent: int
    lost: int


def count_reach(scenario: Scenario, steps: Sequence[Step]) -> list[StepReach]:
    """Return each message, in order, with how many runs it was sent to; two queries."""
    runs = Enrollment.objects.filter(scenario=scenario, refused="").count()
    counts = Delivery.objects.filter(step__in=steps).counts_by_step()
    reach: list[StepReach] = []
    for step in steps:
        found = counts[step.pk]
        percent = round(100 * found["sent"] / runs) if runs else 0
        waiting = found["waiting"] + found["held"]
        before = reach[-1].percent if reach else 100
        lost = max(before - percent, 0) if runs else 0
        reach.append(StepReach(step, found["sent"], waiting, percent, lost))
    return reach
