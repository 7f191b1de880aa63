"""A job as its pages show it, and the number of jobs in the header."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.runner import AT_ONCE, Kind, find_kind, get_kind
from operators.models import Notice, Seat
from operators.notify import NoticeText

BADGES = {
    Job.State.WAITING: "info",
    Job.State.RUNNING: "busy",
    Job.State.DONE: "ok",
    Job.State.STOPPED: "neutral",
    Job.State.FAILED: "bad",
}
SEEN_KEY = "jobs_seen_at"
RECENT = timedelta(hours=1)


@dataclass
class JobDisplay:
    """The texts of a job, and what a seat may do with it: that needs the right of the job's kind."""

    job: Job
    seat: Seat

    @cached_property
    def kind(self) -> Kind | None:
        return find_kind(self.job.kind)

    @property
    def title(self) -> str:
        return str(self.kind.title(self.job)) if self.kind else self.job.kind

    @cached_property
    def lines(self) -> list[str]:
        return self.kind.lines(self.job) if self.kind else []

    @property
    def badge(self) -> str:
        return BADGES[Job.State(self.job.state)]

    @property
    def state(self) -> str:
        stopping = self.running and self.job.stop_asked_at
        return _("停止しています") if stopping else str(self.job.get_state_display())

    @property
    def running(self) -> bool:
        return self.job.state not in Job.ENDED

    @property
    def quarter(self) -> int:
        """How far the job is, in the steps that are announced: 0, 25, 50, 75, 100."""
        if not self.running:
            return 100
        return (
            min(int(4 * self.job.done / self.job.total) * 25, 100)
            if self.job.total
            else 0
        )

    @property
    def elapsed(self) -> str:
        """The time since it began, such as 4:07, "" before that."""
        began, end = self.job.started_at, self.job.finished_at or timezone.now()
        seconds = int((end - began).total_seconds()) if began else 0
        return f"{seconds // 60}:{seconds % 60:02}" if began else ""

    @property
    def undo_note(self) -> str:
        return str(self.kind.undo_note(self.job)) if self.kind else ""

    @property
    def url(self) -> str:
        return (
            self.kind.url(self.job)
            if self.kind and self.job.state == Job.State.DONE
            else ""
        )

    # ---------------------------------------------------------------- what may be done with it
    @cached_property
    def allowed(self) -> bool:
        return bool(self.kind and self.seat.can(self.kind.right))

    @property
    def may_stop(self) -> bool:
        return bool(
            self.allowed
            and self.kind
            and self.kind.stoppable
            and self.running
            and not self.job.stop_asked_at
        )

    @property
    def may_resume(self) -> bool:
        halted = (
            self.job.state in (Job.State.STOPPED, Job.State.FAILED)
            and not self.job.undone_at
        )
        return bool(self.allowed and self.kind and self.kind.resumable and halted)

    @cached_property
    def may_undo(self) -> bool:
        kind = self.kind
        ended = not self.running and not self.job.undone_at
        return bool(
            self.allowed and kind and kind.undo and ended and kind.undoable(self.job)
        )


# ---------------------------------------------------------------- in a notice
def describe_job_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Say how the jobs that these notices are about ended."""
    jobs = Job.objects.in_bulk([each.subject_id or 0 for each in notices])
    return {
        notice.pk: describe_ended_job(job)
        for notice in notices
        if (job := jobs.get(notice.subject_id or 0))
    }


def describe_ended_job(job: Job) -> NoticeText:
    words = (
        _("処理が失敗しました：%(job)s")
        if job.state == Job.State.FAILED
        else _("処理が終わりました：%(job)s")
    )
    title = get_kind(job.kind).title(job)
    return NoticeText(words % {"job": title}, job.note, "jobs:job", (job.public_id,))


# ---------------------------------------------------------------- in the header
def mark_jobs_seen(request: HttpRequest) -> None:
    """Record that the operator has looked, so that jobs which ended until now are no longer new."""
    request.session[SEEN_KEY] = timezone.now().isoformat()


def count_my_jobs(request: HttpRequest) -> int:
    """Count my jobs that are under way, and those that ended since I looked.

    Jobs that were done at once are left out: their outcome was shown then.
    """
    now = timezone.now()
    seen = (
        datetime.fromisoformat(request.session[SEEN_KEY])
        if SEEN_KEY in request.session
        else now - RECENT
    )
    open_or_new = ~Q(state__in=Job.ENDED) | Q(finished_at__gt=seen)
    mine = Job.objects.filter(
        open_or_new, operator=request.user, created_at__gt=now - timedelta(days=2)
    )  # type: ignore[misc]
    return mine.exclude(total__gt=0, total__lte=AT_ONCE).count()
