"""Long work as rows: done step by step, each step one transaction that also records how far it came.

A worker killed anywhere loses the step it was in; the next one goes on from the row. Small work (``AT_ONCE``) is done
within the request by the same steps.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jobs.extension import extensions
from jobs.models import Job
from jobs.params import NoParams, dump_params
from operators import audit
from operators.masking import show_to_operator
from operators.models import Operator
from operators.notify import notify
from operators.roles import CHANGING
from tenants.scope import act_as, get_current_tenant_id
from tenants.wakeups import wake

logger = logging.getLogger(__name__)
AT_ONCE = 200
# A worker gives way to others after so long and is woken again; the tasks' own limit is 170 s.
SLICE_SECONDS = 60
LOCK_CLASS = 0x6A6F62  # "job"
MOST_FAILURES = 5
LazyText = str | Promise
# The kinds of notice that whoever started a job gets.
ENDED, FAILED = "job.ended", "job.failed"


class JobFailed(Exception):
    """The job cannot go on; the message gives cause and remedy to the operator. What its steps did stays."""


@dataclass(frozen=True)
class Kind:
    """One kind of job, handed in by the app that does it (jobs/extension.py).

    ``step(job)`` does the next part inside a transaction: it changes rows, moves ``job.cursor``, ``job.done``,
    ``job.total`` and ``job.result``, and returns whether the job is finished. It does not know whether it runs in a
    worker or in a request. A step that must work outside a transaction (``atomic=False``: it writes a file) opens its
    own.

    ``title(job)``: what the operator reads; ``lines(job)``: the outcome, sentence by sentence. ``ended(job)`` is called
    in the transaction that ends the job, however it ends. ``undo(job)`` undoes what the job did, or starts the job that
    does so and returns it. ``resumable``: a stopped or failed job may go on from its cursor.
    """

    name: str
    title: Callable[[Job], LazyText]
    step: Callable[[Job], bool]
    right: str
    lines: Callable[[Job], list[str]] = lambda job: []
    ended: Callable[[Job], None] = lambda job: None
    undo: Callable[[Job], Job | None] | None = None
    # Whether the work may be undone now.
    undoable: Callable[[Job], bool] = lambda job: False
    # What the undo does and does not do, for the page that asks.
    undo_note: Callable[[Job], LazyText] = lambda job: ""
    # Where on the console the outcome is seen, "" for the job's own page.
    url: Callable[[Job], str] = lambda job: ""
    # What the list of jobs is filtered by; kinds that share a label are one choice, one without is none.
    label: LazyText = ""
    # The dataclass of ``Job.params`` (jobs/params.py).
    params: type[Any] = NoParams
    # Whether it makes a file with customers' data, which jobs/files/guard.py lets out one at a time.
    guarded: bool = False
    atomic: bool = True
    stoppable: bool = True
    resumable: bool = False


def list_kinds() -> Iterator[Kind]:
    """Yield every kind of job, of all apps."""
    for each in extensions.values():
        yield from each.kinds()


def find_kind(name: str) -> Kind | None:
    """Return the kind of this name; None for one of an app that is there no more."""
    return next((kind for kind in list_kinds() if kind.name == name), None)


def get_kind(name: str) -> Kind:
    """Return the kind of this name. Raises KeyError."""
    if kind := find_kind(name):
        return kind
    raise KeyError(name)


@transaction.atomic
def start_job(
    kind: str,
    operator: Operator | None,
    params: Any,
    total: int = 0,
    secret: str = "",
) -> Job:
    """Create a job; do it at once when ``total`` (rows to work on) is small, else wake a worker.

    Raises TypeError when ``params`` are not those of the kind.
    """
    if not isinstance(params, get_kind(kind).params):
        raise TypeError(f"{kind} takes {get_kind(kind).params.__name__}.")
    job = Job.objects.create(
        kind=kind,
        operator=operator,
        params=dump_params(params),
        total=total,
        secret=secret,
    )
    audit.record_action("job.started", job, kind=kind, total=total)
    if is_small(total, kind):
        again = run_job(job.pk)
        job.refresh_from_db()
    else:
        again = timezone.now()
    if again:
        wake(get_current_tenant_id(), "jobs.run", subject=job.pk)
    return job


def is_small(total: int, kind: str) -> bool:
    """Return whether so much is done within the request, before the eyes of who asked for it."""
    return 0 < total <= AT_ONCE and get_kind(kind).atomic


@transaction.atomic
def request_stop(job: Job) -> None:
    """Stop the job once the step under way is finished; what is done stays done."""
    Job.objects.filter(pk=job.pk, stop_asked_at=None).exclude(
        state__in=Job.ENDED
    ).update(stop_asked_at=timezone.now())
    audit.record_action("job.stop_asked", job)
    wake(get_current_tenant_id(), "jobs.run", subject=job.pk)


@transaction.atomic
def resume_job(job: Job) -> None:
    """Let a stopped or failed job go on from where it is."""
    halted = Job.objects.filter(
        pk=job.pk, state__in=(Job.State.STOPPED, Job.State.FAILED), undone_at=None
    )
    if halted.update(
        state=Job.State.WAITING,
        stop_asked_at=None,
        finished_at=None,
        failures=0,
        note="",
    ):
        audit.record_action("job.resumed", job)
        wake(get_current_tenant_id(), "jobs.run", subject=job.pk)


@transaction.atomic
def undo_job(job: Job) -> Job | None:
    """Undo a job, once, and return the job that does so, when it is one."""
    undo = get_kind(job.kind).undo
    ended = Job.objects.filter(pk=job.pk, state__in=Job.ENDED, undone_at=None)
    if not undo or not ended.update(undone_at=timezone.now()):
        return None
    audit.record_action("job.undone", job)
    return undo(job)


@transaction.atomic
def has_changes_left(job_id: int) -> bool:
    """Return whether the job has something left to change, which an export has not and one to be stopped neither."""
    job = Job.objects.filter(pk=job_id, stop_asked_at=None).first()
    kind = find_kind(job.kind) if job and job.state not in Job.ENDED else None
    return bool(kind and kind.right in CHANGING)


def run_job(job_id: int) -> datetime | None:
    """Run steps until the job ends or the slice is over; return when to go on, None when the job has ended."""
    deadline = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < deadline:
        if run_next_step(job_id):
            return None
    return timezone.now()


def run_next_step(job_id: int) -> bool:
    """Run one step, and return whether the job has ended."""
    job = begin_job(job_id)
    if job is None:
        return True
    kind = get_kind(job.kind)
    try:
        with act_as(job.operator, "job"), show_to_operator(job.operator):
            return (
                _run_locked_step(job, kind)
                if kind.atomic
                else _save_progress(job, kind.step(job))
            )
    except JobFailed as failure:
        end_job(job_id, Job.State.FAILED, str(failure))
        return True
    except Exception as error:
        logger.exception("job %s (%s) failed", job_id, job.kind)
        if _record_failure(job_id):
            words = _(
                "予期しないエラーで止まりました（%(error)s）。時間をおいて、やり直してください。"
            )
            end_job(job_id, Job.State.FAILED, words % {"error": type(error).__name__})
            return True
        raise


@transaction.atomic
def begin_job(job_id: int) -> Job | None:
    """Mark the job as running and return it, or return None when there is nothing (more) to do."""
    job = Job.objects.select_related("operator").filter(pk=job_id).first()
    if job is None or job.state in Job.ENDED:
        return None
    if job.stop_asked_at and get_kind(job.kind).stoppable:
        end_job(job_id, Job.State.STOPPED)
        return None
    if job.state == Job.State.WAITING:
        # Another worker may have begun it, and even ended it, since the row was read.
        waiting = Job.objects.filter(pk=job_id, state=Job.State.WAITING)
        waiting.update(state=Job.State.RUNNING, started_at=timezone.now())
        job.refresh_from_db(fields=["state", "started_at"])
    return None if job.state in Job.ENDED else job


@transaction.atomic
def _run_locked_step(job: Job, kind: Kind) -> bool:
    """Run one step under the job's lock, and return whether the job has ended.

    Two workers on one job take turns; the row itself stays free, so that a stop need not wait for the step.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
            [LOCK_CLASS, job.pk],
        )
    job.refresh_from_db(fields=["cursor", "done", "total", "result", "state"])
    return job.state in Job.ENDED or _save_progress(job, kind.step(job))


@transaction.atomic
def _save_progress(job: Job, finished: bool) -> bool:
    job.failures = 0
    job.save(update_fields=["cursor", "done", "total", "result", "failures"])
    if finished:
        end_job(job.pk, Job.State.DONE)
    return finished


@transaction.atomic
def _record_failure(job_id: int) -> bool:
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    job.failures += 1
    job.save(update_fields=["failures"])
    return job.failures >= MOST_FAILURES


@transaction.atomic
def end_job(job_id: int, state: str, note: str = "") -> None:
    job = (
        Job.objects.select_related("operator")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=job_id)
    )
    if job.state in Job.ENDED:
        return  # two workers on one job
    job.state, job.note, job.secret, job.finished_at = (
        state,
        note[:300],
        "",
        timezone.now(),
    )
    job.save(update_fields=["state", "note", "secret", "finished_at"])
    get_kind(job.kind).ended(job)
    if job.operator and not is_small(job.total, job.kind):
        failed = state == Job.State.FAILED
        notice = FAILED if failed else ENDED
        notify(notice, job, operator=job.operator, job_kind=job.kind, state=state)
    audit.record_action(
        "job.ended", job, kind=job.kind, state=state, done=job.done, result=job.result
    )
