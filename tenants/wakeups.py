"""The durable timer. PostgreSQL holds what is due; Celery only carries the call.

The tick queues a task for each due row; the task itself claims the row as it starts, so a late or repeated message
does no harm and a long queue loses nothing. While it runs, a thread renews its short lease: a killed worker's row is
claimed again within LEASE_SECONDS, a flushed broker costs QUEUE_SECONDS. Two beats are harmless.
"""

import functools
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from celery import current_app, shared_task
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tenants.models import Tenant
from tenants.scope import open_tenant_scope

logger = logging.getLogger(__name__)
Verb = Callable[[Tenant, int], datetime | None]
LEASE_SECONDS, QUEUE_SECONDS = 15, 60
BACK_OFF_SECONDS = (5, 15, 60, 300, 900)

WAKE = """
INSERT INTO tenants_wakeup (tenant_id, kind, subject, due_at, failures, last_error)
VALUES (%s, %s, %s, coalesce(%s, now()), 0, '')
ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET due_at = least(tenants_wakeup.due_at, excluded.due_at)
"""
# A row with a token is being worked on; with an expired lease its worker is gone, and the work is due again.
QUEUE = """
WITH due AS (
    SELECT tenant_id, kind, subject FROM tenants_wakeup
    WHERE (due_at <= now() OR token IS NOT NULL) AND (lease_until IS NULL OR lease_until < now())
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE tenants_wakeup w
SET lease_until = now() + make_interval(secs => %s), token = NULL, due_at = least(w.due_at, now())
FROM due WHERE w.tenant_id = due.tenant_id AND w.kind = due.kind AND w.subject = due.subject
RETURNING w.tenant_id, w.kind, w.subject
"""
ROW = "tenant_id = %(tenant_id)s AND kind = %(kind)s AND subject = %(subject)s"
START = f"""
UPDATE tenants_wakeup SET token = %(token)s, lease_until = now() + make_interval(secs => %(lease)s), due_at = NULL
WHERE {ROW} AND token IS NULL AND due_at <= now()
RETURNING failures
"""
RENEW = f"""
UPDATE tenants_wakeup SET lease_until = now() + make_interval(secs => %(lease)s) WHERE {ROW} AND token = %(token)s
"""
# least() skips NULLs: what arrived during the run and what the run asked for, whichever is sooner.
FINISH = f"""
UPDATE tenants_wakeup SET lease_until = NULL, token = NULL, due_at = least(due_at, %(again)s),
    failures = %(failures)s, last_error = %(error)s
WHERE {ROW} AND token = %(token)s
"""
# One-time work (asking a cart about one member) would leave a row for every member who ever answered.
TIDY = f"DELETE FROM tenants_wakeup WHERE {ROW} AND due_at IS NULL AND token IS NULL"


class Turn(NamedTuple):
    """One run at a wakeup: which row, and the token that says whose it is."""

    tenant_id: int
    kind: str
    subject: int
    token: uuid.UUID


def wake(
    tenant: Tenant | int, kind: str, at: datetime | None = None, subject: int = 0
) -> None:
    """Have the task ``kind`` run for the shop at ``at`` (default: now); an earlier time already set is kept."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [tenant_id, kind, subject, at])


def claim_due_wakeups(limit: int = 200) -> list[tuple[int, str, int]]:
    """(tenant id, kind, subject) of rows that are due and neither queued nor worked on; they count as queued now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUEUE, [limit, QUEUE_SECONDS])
        return cursor.fetchall()


@shared_task(name="tenants.tick")
def queue_due_tasks() -> int:
    """What beat calls every few seconds: a task for each due row. Returns how many."""
    due = claim_due_wakeups()
    for tenant_id, kind, subject in due:
        current_app.send_task(kind, args=(tenant_id, subject))
    return len(due)


def woken(kind: str) -> Callable[[Verb], Verb]:
    """Make ``verb(tenant, subject)`` the task that a wakeup of this kind runs, in the shop's scope.

    What it returns is when to wake it again, if at all; an exception wakes it again after a growing pause and is kept
    in the row. It may run again before its end was noted, so it must be safe to run twice.
    """

    def decorate(verb: Verb) -> Verb:
        @shared_task(name=kind)
        @functools.wraps(verb)
        def run(tenant_id: int, subject: int) -> None:
            turn = Turn(tenant_id, kind, subject, uuid.uuid4())
            failures = start_wakeup(turn)
            if failures is None:
                return
            tenant = Tenant.objects.get(pk=tenant_id)
            try:
                with renew_lease(turn), open_tenant_scope(tenant):
                    again = verb(tenant, subject)
            except Exception as error:
                logger.exception(
                    "%s failed for tenant %s, subject %s", kind, tenant_id, subject
                )
                pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
                # The message may quote a customer's data; the class and the log's traceback are enough here.
                finish_wakeup(
                    turn,
                    timezone.now() + timedelta(seconds=pause),
                    failures + 1,
                    type(error).__name__,
                )
            else:
                finish_wakeup(turn, again, 0, "")

        return verb

    return decorate


def start_wakeup(turn: Turn) -> int | None:
    """Claim the row for this turn. How often it failed in a row, or None when there is nothing to do (any more)."""
    with connection.cursor() as cursor:
        cursor.execute(START, {**turn._asdict(), "lease": LEASE_SECONDS})
        row = cursor.fetchone()
    return row and row[0]


def finish_wakeup(
    turn: Turn, again: datetime | None, failures: int, error: str
) -> None:
    """Note the end of a turn, unless another worker has taken the row over."""
    with connection.cursor() as cursor:
        cursor.execute(
            FINISH,
            {**turn._asdict(), "again": again, "failures": failures, "error": error},
        )
        if cursor.rowcount and not again:
            cursor.execute(TIDY, turn._asdict())


@contextmanager
def renew_lease(turn: Turn) -> Iterator[None]:
    """Keep the lease while the block runs, from a thread with a connection of its own."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(RENEW, {**turn._asdict(), "lease": LEASE_SECONDS})
            except DatabaseError:
                logger.warning(
                    "a lease could not be renewed; its work may start a second time"
                )
            finally:
                connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
