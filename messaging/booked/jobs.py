"""Cancel and move many booked messages, part by part, in the order in which they would go out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from jobs.runner import Kind
from messaging.booked.cancel import cancel_rows
from messaging.booked.move import plan_new_times, set_times
from messaging.booked.rows import (
    BookedParams,
    Rows,
    filter_after,
    select_booked_rows,
)
from messaging.models import Delivery
from operators.models import Operator
from operators.roles import SEND

# One part is about a second of work.
CANCEL_PART, MOVE_PART = 20_000, 5_000


@dataclass(frozen=True, kw_only=True)
class MoveParams(BookedParams):
    """By how much each is shifted, or the moment to which all are set (``to``, ISO)."""

    seconds: float = 0
    to: str = ""


def start_cancelling(
    params: BookedParams, text: str, total: int, operator: Operator
) -> Job:
    """Start the job that cancels what is meant; ``text`` is what was searched for."""
    return runner.start_job(CANCEL.name, operator, params, total, text)


def start_moving(params: MoveParams, text: str, total: int, operator: Operator) -> Job:
    """Start the job that moves what is meant; ``text`` is what was searched for."""
    return runner.start_job(MOVE.name, operator, params, total, text)


def cancel_next_part(job: Job) -> bool:
    rows = select_rest(job, read_params(job, BookedParams))
    part = list(rows.values_list("planned_at", "pk")[:CANCEL_PART])
    pks = [pk for _at, pk in part]
    cancelled = cancel_rows(Delivery.objects.filter(pk__in=pks)) if pks else 0
    return record_part(job, part, cancelled, CANCEL_PART)


def move_next_part(job: Job) -> bool:
    """Move the next part; what would land in the past stays where it is."""
    params = read_params(job, MoveParams)
    rows = select_rest(job, params).exclude(changed_at=job.created_at)
    part = list(rows.select_related("enrollment__scenario")[:MOVE_PART])
    to = datetime.fromisoformat(params.to) if params.to else None
    times = plan_new_times(part, timedelta(seconds=params.seconds), to)
    now = timezone.now()
    moved = set_times([time for time in times if time.at >= now], job.created_at)
    return record_part(
        job, [(row.planned_at, row.pk) for row in part], moved, MOVE_PART
    )


def select_rest(job: Job, params: BookedParams) -> Rows:
    """Return what is meant and still ahead, in order. A moved row may come once more; it bears the job's stamp."""
    rows = select_booked_rows(params, job.secret).order_by("planned_at", "pk")
    if place := job.result.get("place"):
        rows = filter_after(rows, (datetime.fromisoformat(place[0]), place[1]))
    return rows


def record_part(
    job: Job, part: list[tuple[datetime, int]], changed: int, size: int
) -> bool:
    """Record how far the job came; return whether that was the last part."""
    if part:
        at, pk = part[-1]
        job.result["place"] = [at.isoformat(), pk]
    job.result["changed"] = job.result.get("changed", 0) + changed
    job.done += len(part)
    finished = len(part) < size
    job.total = job.done if finished else max(job.total, job.done)
    return finished


def describe_cancelled(job: Job) -> list[str]:
    changed = job.result.get("changed", 0)
    return [_("予約中の%(n)s件を取り消しました。") % {"n": f"{changed:,}"}]


def describe_moved(job: Job) -> list[str]:
    changed = job.result.get("changed", 0)
    lines = [_("予約中の%(n)s件の予定を変更しました。") % {"n": f"{changed:,}"}]
    if job.done > changed:
        rest = _(
            "%(n)s件は、新しい予定が過去になるか、すでに送信が始まったため、変更していません。"
        )
        lines.append(rest % {"n": f"{job.done - changed:,}"})
    return lines


CANCEL = Kind(
    name="deliveries.cancel",
    title=lambda job: _("予約の取り消し"),
    step=cancel_next_part,
    right=SEND,
    lines=describe_cancelled,
    label=gettext_lazy("予約の取り消し"),
    params=BookedParams,
)
MOVE = Kind(
    name="deliveries.move",
    title=lambda job: _("予定の変更"),
    step=move_next_part,
    right=SEND,
    lines=describe_moved,
    label=gettext_lazy("予定の変更"),
    params=MoveParams,
)
KINDS = (CANCEL, MOVE)
