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

from celery import current_app, shared_task
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tenants.models import Tenant
from tenants.scope import tenant_scope

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
UPDATE tenants_wakeup
SET lease_until = now() + make_interval(secs => %s), token = NULL, due_at = least(due_at, now())
WHERE id IN (
    SELECT id FROM tenants_wakeup
    WHERE (due_at <= now() OR token IS NOT NULL) AND (lease_until IS NULL OR lease_until < now())
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING tenant_id, kind, subject
"""
START = """
UPDATE tenants_wakeup SET token = %s, lease_until = now() + make_interval(secs => %s), due_at = NULL
WHERE tenant_id = %s AND kind = %s AND subject = %s AND token IS NULL AND due_at <= now()
RETURNING failures
"""
RENEW = "UPDATE tenants_wakeup SET lease_until = now() + make_interval(secs => %s) WHERE token = %s"
# least() skips NULLs: what arrived during the run and what the run asked for, whichever is sooner.
FINISH = """
UPDATE tenants_wakeup SET lease_until = NULL, token = NULL, due_at = least(due_at, %s), failures = %s, last_error = %s
WHERE token = %s RETURNING id
"""
# One-time work (asking a cart about one member) would leave a row for every member who ever answered.
TIDY = "DELETE FROM tenants_wakeup WHERE id = %s AND due_at IS NULL AND token IS NULL"


def wake(
    tenant: Tenant | int, kind: str, at: datetime | None = None, subject: int = 0
) -> None:
    """Have the task ``kind`` run for the shop at ``at`` (default: now); an earlier time already set is kept."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [tenant_id, kind, subject, at])


def queue_due(limit: int = 200) -> list[tuple[int, str, int]]:
    """(tenant id, kind, subject) of rows that are due and neither queued nor worked on; they count as queued now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUEUE, [QUEUE_SECONDS, limit])
        return cursor.fetchall()


@shared_task(name="tenants.tick")
def tick() -> int:
    """What beat calls every few seconds: a task for each due row. Returns how many."""
    due = queue_due()
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
            token = uuid.uuid4()
            failures = start(token, tenant_id, kind, subject)
            if failures is None:
                return
            tenant = Tenant.objects.get(pk=tenant_id)
            try:
                with renewing(token), tenant_scope(tenant):
                    again = verb(tenant, subject)
            except Exception as error:
                logger.exception(
                    "%s failed for tenant %s, subject %s", kind, tenant_id, subject
                )
                pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
                # The message may quote a customer's data; the class and the log's traceback are enough here.
                finish(
                    token,
                    timezone.now() + timedelta(seconds=pause),
                    failures + 1,
                    type(error).__name__,
                )
            else:
                finish(token, again, 0, "")

        return verb

    return decorate


def start(token: uuid.UUID, tenant_id: int, kind: str, subject: int) -> int | None:
    """Claim the row for this token. How often it failed in a row, or None when there is nothing to do (any more)."""
    with connection.cursor() as cursor:
        cursor.execute(START, [token, LEASE_SECONDS, tenant_id, kind, subject])
        row = cursor.fetchone()
    return row and row[0]


def finish(token: uuid.UUID, again: datetime | None, failures: int, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [again, failures, error, token])
        if (row := cursor.fetchone()) and not again:
            cursor.execute(TIDY, row)


@contextmanager
def renewing(token: uuid.UUID) -> Iterator[None]:
    """Keep the lease while the block runs, from a thread with a connection of its own."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(RENEW, [LEASE_SECONDS, token])
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
