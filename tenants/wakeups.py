"""The durable timer. PostgreSQL holds what is due; Celery only carries the call.

The tick queues a task for each due row; the task itself claims the row as it starts, so a late or repeated message
does no harm and a long queue loses nothing. While it runs, a thread renews its short lease: a killed worker's row is
claimed again within LEASE_SECONDS, a flushed broker costs QUEUE_SECONDS. Two beats are harmless.

A shop never holds more than half of a queue's workers, so that its slow cart or its long jobs leave the other half to
the others. Where a shop has more to do, the end of each of its tasks queues its next one.
"""

import functools
import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import NamedTuple

from celery import current_app, shared_task
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tenants.shops.closed import KEPT_WAKEUPS

logger = logging.getLogger(__name__)
Verb = Callable[[Tenant, int], datetime | None]
Wanted = tuple[int, str, int, datetime | None]  # tenant id, kind, subject, when
# Those that wait for the end of ``gather_wakeups``; None outside of it.
_gathered: ContextVar[list[Wanted] | None] = ContextVar("wakeups", default=None)
LEASE_SECONDS, QUEUE_SECONDS = 15, 60
BACK_OFF_SECONDS = (5, 15, 60, 300, 900)
KEPT = [f"{begin}%" for begin in KEPT_WAKEUPS]

WAKE = """
INSERT INTO tenants_wakeup (tenant_id, kind, subject, due_at, failures, last_error)
SELECT tenant_id, kind, subject, min(coalesce(due_at, now())), 0, ''
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[]) w (tenant_id, kind, subject, due_at)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET due_at = least(tenants_wakeup.due_at, excluded.due_at)
"""
# A row with a token is being worked on; with an expired lease its worker is gone, and the work is due again. ``most``
# says how many rows a shop may have in a queue, waiting for a worker or with one; of one kind one less where it can,
# so that two slow carts do not keep the shop's own webhooks waiting. Of a closed shop only what is kept
# running is due; of one that moves to another cell nothing is begun.
QUEUE = """
WITH routed AS (
    SELECT w.*, q.queue, q.most FROM tenants_wakeup w JOIN LATERAL (
        SELECT queue, coalesce((%(most)s::jsonb -> queue)::int, 1) AS most
        FROM (SELECT coalesce(%(queues)s::jsonb ->> w.kind, %(default)s) AS queue) named) q ON true
    JOIN tenants_tenant t ON t.id = w.tenant_id
    WHERE (w.due_at <= now() OR w.token IS NOT NULL OR w.lease_until >= now())
      AND t.closed_reason <> ALL('{moving,moved}')
      AND (t.closed_at IS NULL OR w.token IS NOT NULL OR w.kind LIKE ANY(%(kept)s))
      AND (%(shop)s::bigint IS NULL OR w.tenant_id = %(shop)s)
      AND (%(queue)s::text IS NULL OR q.queue = %(queue)s)),
held AS (SELECT tenant_id, queue, kind, count(*) AS rows FROM routed WHERE lease_until >= now() GROUP BY 1, 2, 3),
of_kind AS (
    SELECT *, row_number() OVER (PARTITION BY tenant_id, kind ORDER BY due_at, subject) AS place
    FROM routed WHERE lease_until IS NULL OR lease_until < now()),
of_queue AS (
    SELECT *, row_number() OVER (PARTITION BY tenant_id, queue ORDER BY due_at, subject) AS turn FROM of_kind k
    WHERE place + coalesce((SELECT rows FROM held h WHERE h.tenant_id = k.tenant_id AND h.kind = k.kind), 0)
        <= greatest(most - 1, 1)),
due AS (
    SELECT w.tenant_id, w.kind, w.subject FROM tenants_wakeup w JOIN of_queue q USING (tenant_id, kind, subject)
    WHERE turn + coalesce((SELECT sum(rows) FROM held h WHERE h.tenant_id = q.tenant_id AND h.queue = q.queue), 0)
        <= most
    ORDER BY q.due_at LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED)
UPDATE tenants_wakeup w
SET lease_until = now() + make_interval(secs => %(lease)s), token = NULL, due_at = least(w.due_at, now())
FROM due WHERE w.tenant_id = due.tenant_id AND w.kind = due.kind AND w.subject = due.subject
RETURNING w.tenant_id, w.kind, w.subject
"""
# One at a time counts; who comes second sees what the first one queued.
COUNTING = (
    "SELECT pg_advisory_xact_lock(hashtextextended('tenants.claim_due_wakeups', 0))"
)
ROW = "tenant_id = %(tenant_id)s AND kind = %(kind)s AND subject = %(subject)s"
# The shop may have been closed since the task was queued.
START = f"""
UPDATE tenants_wakeup SET token = %(token)s, lease_until = now() + make_interval(secs => %(lease)s), due_at = NULL
WHERE {ROW} AND token IS NULL AND due_at <= now()
  AND EXISTS (SELECT FROM tenants_tenant t WHERE t.id = tenant_id AND t.closed_reason <> ALL('{{moving,moved}}')
              AND (kind LIKE ANY(%(kept)s) OR t.closed_at IS NULL))
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
    wanted, gathered = (tenant_id, kind, subject, at), _gathered.get()
    if gathered is None:
        store_wakeups([wanted])
    else:
        gathered.append(wanted)


@contextmanager
def gather_wakeups() -> Iterator[None]:
    """Store the wakeups of the block at its end, in one statement, within the caller's transaction.

    Whoever wakes the same task waits for the transaction's end; the later it is stored, the less.
    """
    if _gathered.get() is not None:
        yield
        return
    wanted: list[Wanted] = []
    token = _gathered.set(wanted)
    try:
        yield
    finally:
        _gathered.reset(token)
    if wanted:
        store_wakeups(wanted)


def store_wakeups(wanted: list[Wanted]) -> None:
    """Store them in one order everywhere, so that two transactions never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [list(column) for column in zip(*wanted, strict=True)])


def list_routes() -> dict[str, dict[str, str]]:
    """Return kind → where it goes, of the kinds that go elsewhere than to the default queue."""
    return current_app.conf.task_routes or {}


def find_queue(kind: str) -> str:
    return list_routes().get(kind, {}).get("queue", current_app.conf.task_default_queue)


def claim_due_wakeups(
    limit: int = 200, shop: int | None = None, queue: str | None = None
) -> list[tuple[int, str, int]]:
    """Return (tenant id, kind, subject) of due rows that are neither queued nor worked on; they count as queued now.

    ``shop`` and ``queue`` narrow it down. Of each shop no more than leave half of the queue's workers to the others.
    """
    given = {
        "queues": json.dumps({kind: find_queue(kind) for kind in list_routes()}),
        "default": current_app.conf.task_default_queue,
        "most": json.dumps(
            {name: max(n // 2, 1) for name, n in settings.QUEUE_WORKERS.items()}
        ),
        "kept": KEPT,
        "limit": limit,
        "lease": QUEUE_SECONDS,
        "shop": shop,
        "queue": queue,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COUNTING)
        cursor.execute(QUEUE, given)
        return cursor.fetchall()


@shared_task(name="tenants.tick")
def queue_due_tasks() -> int:
    """Queue a task for each due row, and return how many; beat calls it every few seconds."""
    due = claim_due_wakeups()
    for tenant_id, kind, subject in due:
        current_app.send_task(kind, args=(tenant_id, subject))
    return len(due)


def queue_next(turn: Turn) -> None:
    """Queue what the shop still has to do in the queue of the turn that ended; without a broker the tick will."""
    for tenant_id, kind, subject in claim_due_wakeups(
        shop=turn.tenant_id, queue=find_queue(turn.kind)
    ):
        try:
            current_app.send_task(kind, args=(tenant_id, subject), retry=False)
        except Exception:
            logger.warning("The broker cannot be reached; the tick takes over.")
            return


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
            queue_next(turn)

        return verb

    return decorate


def start_wakeup(turn: Turn) -> int | None:
    """Claim the row for this turn. How often it failed in a row, or None when there is nothing to do (any more)."""
    with connection.cursor() as cursor:
        given = {**turn._asdict(), "lease": LEASE_SECONDS, "kept": KEPT}
        cursor.execute(START, given)
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
