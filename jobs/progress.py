"""How far a step is that works for long outside of small transactions, and whether it is to stop."""

import threading
from types import TracebackType

from django.db import DatabaseError, connection, transaction

from jobs.models import Job
from tenants.scope import get_current_tenant_id, open_tenant_scope

EVERY_SECONDS = 1.0


class JobStopped(Exception):
    """The operator asked the job to stop."""


class ProgressReporter:
    """A thread with a connection of its own that writes ``done`` into the job's row and reads whether to stop.

    Call ``tick(n)`` after each batch; it raises once the operator has asked to stop. For work shorter than a
    second nothing is written.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.tenant_id = job, get_current_tenant_id()
        self.done, self.stop = 0, False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.report, name="watch", daemon=True)

    def __enter__(self) -> "ProgressReporter":
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.over.set()
        self.thread.join()

    def tick(self, count: int) -> None:
        self.done += count
        if self.stop:
            raise JobStopped

    def report(self) -> None:
        try:
            while not self.over.wait(EVERY_SECONDS):
                self.stop = self.stop or self.report_progress()
        except DatabaseError:
            pass  # the work goes on unseen; its own connection will say what is wrong
        finally:
            connection.close()

    def report_progress(self) -> bool:
        with open_tenant_scope(self.tenant_id), transaction.atomic():
            rows = Job.objects.filter(pk=self.job.pk)
            rows.update(done=self.done)
            return rows.exclude(stop_asked_at=None).exists()
