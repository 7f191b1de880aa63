"""Let in everybody whom a trigger is true for at a scenario's first start: part by part, with a stop."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from jobs.runner import Kind
from members.models import Member
from messaging.models import Enrollment, Scenario
from messaging.scenarios.enroll import Start, enrol_by_triggers
from messaging.scenarios.missed import select_true_members
from messaging.triggers.rows import build_who
from operators.models import Operator
from operators.roles import SEND

# One part is about a second of work.
PART = 20_000
# Two clocks, the web's and the database's, say when it was switched on and when a run began.
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class EnrolParams:
    """The scenario, and the newest member at its start: whoever came later comes in by a trigger."""

    scenario: int
    last: int


def start_enrolling(scenario: Scenario, total: int, operator: Operator) -> Job:
    """Start the job for a scenario that has just been switched on for the first time."""
    last = Member.objects.aggregate(last=Max("pk"))["last"] or 0
    params = EnrolParams(scenario=scenario.pk, last=last)
    return runner.start_job(ENROL_CURRENT.name, operator, params, total)


def enrol_next_part(job: Job) -> bool:
    """Enrol the next part, in the order of the members; return whether that was the last.

    Whoever came in meanwhile by a trigger is passed by. Once the scenario is off, nobody comes in.
    """
    params = read_params(job, EnrolParams)
    rows = Scenario.objects.select_related("tenant")
    scenario = rows.filter(pk=params.scenario, deleted_at=None, is_on=True).first()
    if not scenario or not scenario.starts:
        job.result["off"] = True
        return True
    inside = Enrollment.objects.filter(scenario=scenario, member=OuterRef("pk"))
    began = (scenario.switched_at or job.created_at) - GRACE
    waiting = select_true_members(scenario).filter(
        ~Exists(inside.filter(created_at__gte=began)),
        pk__gt=job.result.get("place", 0),
        pk__lte=params.last,
    )
    part = list(waiting.order_by("pk").values_list("pk", flat=True)[:PART])
    who = build_who(part, f"start:{scenario.pk}") if part else None
    if who:
        starts = [Start(scenario, scenario.starts[0].pk)]
        begun = enrol_by_triggers(scenario.tenant, starts, who)
        job.result["begun"] = job.result.get("begun", 0) + begun
        job.result["place"] = part[-1]
    job.done += len(part)
    finished = len(part) < PART
    job.total = job.done if finished else max(job.total, job.done)
    return finished


def describe_enrolled(job: Job) -> list[str]:
    begun = f"{job.result.get('begun', 0):,}"
    lines = [_("%(n)s名への配信を始めました。") % {"n": begun}]
    if job.result.get("off"):
        lines.append(
            _("ステップメッセージがオフになったため、残りの会員には始めていません。")
        )
    return lines


ENROL_CURRENT = Kind(
    name="scenarios.enrol_current",
    title=lambda job: _("いま当てはまる会員への配信の開始"),
    step=enrol_next_part,
    right=SEND,
    lines=describe_enrolled,
    label=gettext_lazy("いま当てはまる会員への配信の開始"),
    params=EnrolParams,
)
