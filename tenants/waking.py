"""The durable timer. PostgreSQL holds what is due; Celery only carries the call.

A row is claimed by a lease. Whoever finishes must still hold the token; a dead worker's lease runs out and the row is
claimed again; a flushed broker costs one lease. Two beats are harmless.
"""

import functools
import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app, shared_task
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from tenants.models import Tenant, Wakeup
from tenants.scope import tenant_scope

logger = logging.getLogger(__name__)
Verb = Callable[[Tenant, int], datetime | None]
LEASES: dict[str, int] = {}
BACK_OFF_SECONDS = (5, 15, 60, 300, 900)

WAKE = """
INSERT INTO tenants_wakeup (tenant_id, kind, subject, due_at, failures, last_error)
VALUES (%s, %s, %s, coalesce(%s, now()), 0, '')
ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET due_at = least(tenants_wakeup.due_at, excluded.due_at)
"""
CLAIM = """
UPDATE tenants_wakeup SET due_at = NULL, token = gen_random_uuid(),
       lease_until = now() + make_interval(secs => coalesce((%s::jsonb ->> kind)::int, 60))
WHERE id IN (
    SELECT id FROM tenants_wakeup
    WHERE (due_at <= now() AND (lease_until IS NULL OR lease_until < now())) OR lease_until < now()
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING tenant_id, kind, subject, token
"""
# least() skips NULLs: what arrived during the run and what the run asked for, whichever is sooner.
FINISH = """
UPDATE tenants_wakeup SET lease_until = NULL, token = NULL, due_at = least(due_at, %s), failures = %s, last_error = %s
WHERE token = %s
"""


def wake(tenant: Tenant | int, kind: str, at: datetime | None = None, subject: int = 0) -> None:
    """Have the task ``kind`` run for the shop at ``at`` (default: now); an earlier time already set is kept."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [tenant_id, kind, subject, at])


def claim_due(limit: int = 200) -> list[tuple[int, str, int, uuid.UUID]]:
    """(tenant id, kind, subject, token) of every row that is due and free, now leased to the caller."""
    from json import dumps

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [dumps(LEASES), limit])
        return cursor.fetchall()


@shared_task(name="tenants.tick")
def tick() -> int:
    """What beat calls every few seconds: hand each due row to its task. Returns how many."""
    due = claim_due()
    for tenant_id, kind, subject, token in due:
        current_app.send_task(kind, args=(tenant_id, subject, str(token)))
    return len(due)


def woken(kind: str, lease: int = 60) -> Callable[[Verb], Verb]:
    """Make ``verb(tenant, subject)`` the task that a wakeup of this kind runs, in the shop's scope.

    The verb must end well inside ``lease`` seconds. What it returns is when to wake it again, if at all; an exception
    wakes it again after a growing pause and is kept in the row.
    """
    LEASES[kind] = lease

    def decorate(verb: Verb) -> Verb:
        @shared_task(name=kind)
        @functools.wraps(verb)
        def run(tenant_id: int, subject: int, token: str) -> None:
            if not Wakeup.objects.filter(token=token, lease_until__gt=Now()).exists():
                return
            tenant = Tenant.objects.get(pk=tenant_id)
            try:
                with tenant_scope(tenant):
                    again = verb(tenant, subject)
            except Exception as error:
                logger.exception("%s failed for tenant %s, subject %s", kind, tenant_id, subject)
                _give_back_failed(token, error)
            else:
                _finish(token, again, 0, "")

        return verb

    return decorate


def _give_back_failed(token: str, error: Exception) -> None:
    failures = Wakeup.objects.filter(token=token).values_list("failures", flat=True).first() or 0
    pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
    # The message may quote a customer's data; the class and the log's traceback are enough here.
    _finish(token, timezone.now() + timedelta(seconds=pause), failures + 1, type(error).__name__)


def _finish(token: str, again: datetime | None, failures: int, error: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [again, failures, error, token])
