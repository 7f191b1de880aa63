"""Batches of the audit log are sealed each minute: whoever changes a line later breaks a chain of hashes.

The digest of each batch also goes to the log of the processes, which lies elsewhere: so the end of the chain cannot be
cut off unseen either.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from operators.models import AuditEntry, AuditSeal
from tenants.models import Tenant, Wakeup
from tenants.scope import get_current_tenant_id

logger = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
WAKEUP = "operators.seal_audit"
# How long a transaction may write its line before it commits; later ones are found by ``verify_seals``.
LONGEST_WAIT = timedelta(days=1)
# A shop without a timer is told of from then on.
LONGEST_TIMER = timedelta(hours=1)
MOST = 10_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('operators.seal_audit', %s))"


def serialize_entry(entry: AuditEntry) -> str:
    """Return everything that the line says as one text, the same for ever."""
    return json.dumps(
        [
            entry.pk,
            entry.operator_id,
            entry.action,
            entry.target,
            entry.data,
            entry.result,
            entry.source,
            entry.address,
            entry.at.isoformat(),
        ],
        ensure_ascii=True,
        sort_keys=True,
    )


def hash_batch(previous: str, entries: Iterable[AuditEntry]) -> str:
    digest = hashlib.sha256(previous.encode())
    for entry in entries:
        digest.update(b"\n" + serialize_entry(entry).encode())
    return digest.hexdigest()


@transaction.atomic
def seal_entries() -> AuditSeal | None:
    """Seal the lines of the open shop that no seal holds yet, and return the newest seal; None where there are none.

    A line of a transaction that commits later has a lower number than some that are sealed: what is sealed is
    therefore kept by numbers, not by a range. However long nobody sealed, all that is left is sealed at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [get_current_tenant_id()])
    last = AuditSeal.objects.order_by("-pk").first()
    sealed = None
    for numbers in split_batches(list_unsealed(last)):
        last = sealed = add_seal(last, numbers)
    return sealed


def list_unsealed(last: AuditSeal | None) -> list[int]:
    """Return the numbers of the lines in no seal; ``last``: the newest seal, before which nothing old was left."""
    entries, seals = AuditEntry.objects.all(), AuditSeal.objects.all()
    if last:
        since = last.at - LONGEST_WAIT
        entries, seals = entries.filter(at__gte=since), seals.filter(at__gte=since)
    sealed = {pk for pks in seals.values_list("entries", flat=True) for pk in pks}
    numbers = entries.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in numbers if pk not in sealed]


def split_batches(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), MOST):
        yield numbers[start : start + MOST]


def add_seal(last: AuditSeal | None, numbers: list[int]) -> AuditSeal:
    """Seal these lines, behind the last seal, and tell the log of the processes."""
    previous = last.digest if last else ""
    entries = AuditEntry.objects.filter(pk__in=numbers).order_by("pk")
    seal = AuditSeal.objects.create(
        entries=numbers, previous=previous, digest=hash_batch(previous, entries)
    )
    logger.info(
        "Audit log of shop %s sealed: %s lines, %s",
        seal.tenant_id,
        len(numbers),
        seal.digest,
    )
    return seal


def seal_each_minute(tenant: Tenant, subject: int) -> datetime:
    """Seal what there is and say when to look again."""
    seal_entries()
    return timezone.now() + EVERY


def verify_seals() -> Iterator[str]:
    """Yield in words what is wrong with the open shop's log: lines changed, gone or in no seal, links that do not fit.

    Lines of the last minutes may wait for their seal, as long as a timer says when it comes.
    """
    yield from find_missing_timer()
    previous = ""
    seen: set[int] = set()
    for seal in AuditSeal.objects.order_by("pk").iterator():
        if seal.previous != previous:
            yield f"seal {seal.pk} does not follow the one before it"
        found = AuditEntry.objects.in_bulk(seal.entries)
        if missing := [pk for pk in seal.entries if pk not in found]:
            yield f"seal {seal.pk}: lines are gone: {missing}"
        elif (
            hash_batch(seal.previous, (found[pk] for pk in seal.entries)) != seal.digest
        ):
            yield f"seal {seal.pk}: its lines were changed"
        if twice := seen.intersection(seal.entries):
            yield f"seal {seal.pk}: lines are sealed twice: {sorted(twice)}"
        seen.update(seal.entries)
        previous = seal.digest
    late = AuditEntry.objects.filter(at__lt=timezone.now() - LONGEST_WAIT)
    if unsealed := set(late.values_list("pk", flat=True)) - seen:
        yield f"lines in no seal: {sorted(unsealed)}"


def find_missing_timer() -> Iterator[str]:
    """Yield that lines of the open shop wait for a seal which no timer will make."""
    timers = Wakeup.objects.filter(tenant_id=get_current_tenant_id(), kind=WAKEUP)
    if timers.exists():
        return
    waiting = list_unsealed(AuditSeal.objects.order_by("-pk").first())
    late = AuditEntry.objects.filter(
        pk__in=waiting, at__lt=timezone.now() - LONGEST_TIMER
    )
    if count := late.count():
        yield f"no timer seals the lines that wait: {count}"
