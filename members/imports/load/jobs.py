"""The three long parts of an import as jobs: check, load, undo."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from members.identity.member_limit import explain_import_excess
from members.imports.check import check as checking
from members.imports.check import compare
from members.imports.load import load as loading
from members.imports.load.disk_full import fail_job_on_full_disk
from members.imports.load.lost_rows import explain_lost_undo, has_staged_rows
from members.imports.read.upload import schedule_import_cleanup
from members.imports.summaries import (
    OUTCOME,
    ImportParams,
    describe_import_counts,
    describe_import_undo_outcome,
    describe_undo_of_import_job,
    find_import_of_job,
    get_import_check_title,
    get_import_load_title,
    get_import_undo_title,
    get_import_url,
)
from members.imports.undo import undo as undoing
from members.models import ImportRow, MemberImport
from operators import audit
from operators.models import Operator
from operators.roles import EDIT
from tenants.scope import get_current_operator

CHECK, LOAD, UNDO = "member.import_check", "member.import_load", "member.import_undo"
UNDO_WITHIN = timedelta(hours=24)
State = MemberImport.State
# In which states each may begin.
START_STATES = {
    CHECK: (State.UPLOADED, State.CHECKED, State.FAILED), LOAD: (State.CHECKED,), UNDO: (State.DONE, State.FAILED)
}  # fmt: skip
BUSY_STATES = {CHECK: State.CHECKING, LOAD: State.LOADING, UNDO: State.UNDOING}


# ---------------------------------------------------------------- verbs
@transaction.atomic
def start_import_check(source: MemberImport, operator: Operator) -> Job | None:
    """Start the dry run."""
    return _start_import_job(
        CHECK, source, State.CHECKING, operator, source.settings.get("about", 0)
    )


@transaction.atomic
def start_import_load(source: MemberImport, operator: Operator) -> Job | None:
    """Start the load of what the check found; wrong rows are left out."""
    return _start_import_job(
        LOAD, source, State.LOADING, operator, sum(source.counts.values()), now=False
    )


@transaction.atomic
def start_import_undo(source: MemberImport, operator: Operator | None) -> Job | None:
    """Start the undo.

    It goes through all rows, because what a killed load did last may be missing in its counts.
    """
    rows = sum(source.counts.get(verdict, 0) for verdict in ImportRow.Decision.values)
    return _start_import_job(UNDO, source, State.UNDOING, operator, rows)


@transaction.atomic
def undo_import(source: MemberImport) -> None:
    """Start the undo, or resume it where it failed: this is what the button does."""
    if source.job and source.job.kind == UNDO:
        runner.resume_job(source.job)
    elif source.job:
        runner.undo_job(source.job)


def _start_import_job(
    kind: str,
    source: MemberImport,
    state: str,
    operator: Operator | None,
    total: int,
    now: bool = True,
) -> Job | None:
    """Start a job of the import, None when the import has gone on by another press of the button.

    ``now=False``: step messages that its tags start wait for the undo window, as with a bulk tag.
    """
    there = MemberImport.objects.filter(pk=source.pk, state__in=START_STATES[kind])
    there = there if kind == UNDO else there.filter(loaded_at=None)
    if not there.update(state=state, note=""):
        return None
    source.state, source.note = state, ""
    audit.record_action("import.started", source, kind=kind, total=total)
    job = runner.start_job(kind, operator, ImportParams(source.pk, now), total)
    MemberImport.objects.filter(pk=source.pk).update(job=job)
    return job


def _is_superseded(job: Job) -> bool:
    """Return whether the import has gone on with a later job.

    This one, stopped before it began, must not be resumed then.
    """
    source = find_import_of_job(job)
    return not source or (source.job_id or 0) > job.pk


def _guard_step(step: Callable[[Job], bool]) -> Callable[[Job], bool]:
    def checked_step(job: Job) -> bool:
        if _is_superseded(job):
            raise runner.JobFailed(
                _(
                    "この取り込みは、あとから別の処理で進められたため、続けられません。取り込みの画面を確かめてください。"
                )
            )
        # For a job that was stopped and goes on: nobody may delete or undo the import concurrently.
        MemberImport.objects.filter(pk=read_params(job, ImportParams).source).exclude(
            state=BUSY_STATES[job.kind]
        ).update(state=BUSY_STATES[job.kind])
        with fail_job_on_full_disk():
            return step(job)

    return checked_step


def is_import_undoable(source: MemberImport) -> bool:
    return not explain_not_undoable(source)


def explain_not_undoable(source: MemberImport) -> str:
    """Return why the import cannot be undone, an empty text while it can.

    It can within 24 hours, once its load or a first try at the undo is over, while the rows that say what was before
    are there.
    """
    job = source.job
    if (
        not source.loaded_at
        or source.state not in START_STATES[UNDO]
        or not job
        or job.state not in Job.ENDED
    ):
        return _("この取り込みは、いま元に戻せません。状態を確かめてください。")
    if source.loaded_at + UNDO_WITHIN <= timezone.now() or not source.path:
        return _("取り込みを元に戻せるのは、取り込みから24時間以内です。")
    if not has_staged_rows(source):
        return explain_lost_undo(source, job.done if job.kind == UNDO else 0)
    return ""


def may_resume_load(source: MemberImport) -> bool:
    """Return whether a load that was stopped or failed can be resumed; the undo has its own button."""
    job = source.job
    halted = (
        job
        and job.kind == LOAD
        and job.state in (Job.State.STOPPED, Job.State.FAILED)
        and not job.undone_at
    )
    return bool(halted and source.loaded_at and source.path and has_staged_rows(source))


# ---------------------------------------------------------------- how they end
def _finish_check(job: Job) -> None:
    ends = {Job.State.DONE: State.CHECKED, Job.State.STOPPED: State.UPLOADED}
    _set_end_state(job, ends.get(Job.State(job.state), State.FAILED))


def _finish_load(job: Job) -> None:
    """Record the end of a load; however it ended, what was loaded is there and may be undone.

    One that the plan's limit held before it began waits as it was, to be started when there is room.
    """
    source = find_import_of_job(job)
    if not source or _is_superseded(job):
        return
    if not source.loaded_at:
        waits = job.state == Job.State.STOPPED or explain_import_excess(
            source.counts.get("new", 0)
        )
        _set_end_state(job, State.CHECKED if waits else State.FAILED)
        return
    if has_staged_rows(source):  # else the last known counts stay
        source.counts = {**source.counts, **compare.count_rows_by_decision(source)}
    note = ""
    if job.state != Job.State.DONE:
        words = _(
            "%(done)s行まで取り込んで止まりました。残りは、続きから実行するか、もう一度取り込んでください。"
        )
        note = f"{job.note} {words % {'done': f'{job.done:,}'}}".strip()[:300]
    source.state, source.note = State.DONE, note
    source.save(update_fields=["state", "note", "counts"])
    schedule_import_cleanup(source)


def _finish_undo(job: Job) -> None:
    source = find_import_of_job(job)
    if source:
        source.counts = {
            **source.counts,
            **{name: job.result.get(name, 0) for name in OUTCOME},
        }
        source.save(update_fields=["counts"])
    _set_end_state(job, State.UNDONE if job.state == Job.State.DONE else State.DONE)


def _set_end_state(job: Job, state: str) -> None:
    if not _is_superseded(job):
        MemberImport.objects.filter(pk=read_params(job, ImportParams).source).update(
            state=state, note=job.note
        )


# ---------------------------------------------------------------- undo from the job's own page
def _is_load_undoable(job: Job) -> bool:
    source = find_import_of_job(job)
    return bool(source and source.job_id == job.pk and is_import_undoable(source))


def _undo_load(job: Job) -> Job | None:
    source = (
        MemberImport.objects.select_related("job")
        .filter(pk=read_params(job, ImportParams).source)
        .first()
    )
    return (
        start_import_undo(source, get_current_operator())
        if source and _is_load_undoable(job)
        else None
    )


# All three steps of an import are one choice in the list of jobs.
LABEL = gettext_lazy("会員の取り込み")
KINDS = (
    runner.Kind(
        CHECK,
        get_import_check_title,
        _guard_step(checking.run_check_step),
        EDIT,
        lines=describe_import_counts,
        ended=_finish_check,
        url=get_import_url,
        label=LABEL,
        params=ImportParams,
    ),
    runner.Kind(
        LOAD,
        get_import_load_title,
        _guard_step(loading.run_load_step),
        EDIT,
        lines=describe_import_counts,
        ended=_finish_load,
        url=get_import_url,
        params=ImportParams,
        resumable=True,
        undo=_undo_load,
        undoable=_is_load_undoable,
        undo_note=describe_undo_of_import_job,
        label=LABEL,
    ),
    runner.Kind(
        UNDO,
        get_import_undo_title,
        _guard_step(undoing.run_import_undo_step),
        EDIT,
        lines=describe_import_undo_outcome,
        ended=_finish_undo,
        url=get_import_url,
        params=ImportParams,
        stoppable=False,
        resumable=True,
        label=LABEL,
    ),
)
