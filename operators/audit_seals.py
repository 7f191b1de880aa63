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
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

logger = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
# How long a transaction may write its line before it commits; later ones are found by ``verify_seals``.
LONGEST_WAIT = timedelta(days=1)
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
def seal_entries(now: datetime | None = None) -> AuditSeal | None:
    """Seal the lines of the open shop that no seal holds yet; None where there are none.

    A line of a transaction that commits later has a lower number than some that are sealed: what is sealed is
    therefore kept by numbers, not by a range.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [get_current_tenant_id()])
    since = (now or timezone.now()) - LONGEST_WAIT
    recent = AuditSeal.objects.filter(at__gte=since).values_list("entries", flat=True)
    sealed = {pk for pks in recent for pk in pks}
    waiting = AuditEntry.objects.filter(at__gte=since).order_by("pk")
    entries = [entry for entry in waiting if entry.pk not in sealed][:MOST]
    if not entries:
        return None
    last = AuditSeal.objects.order_by("-pk").first()
    previous = last.digest if last else ""
    seal = AuditSeal.objects.create(
        entries=[entry.pk for entry in entries],
        previous=previous,
        digest=hash_batch(previous, entries),
    )
    logger.info(
        "Audit log of shop %s sealed: %s lines, %s",
        seal.tenant_id,
        len(entries),
        seal.digest,
    )
    return seal


def seal_each_minute(tenant: Tenant, subject: int) -> datetime:
    """Seal what there is and say when to look again."""
    seal_entries()
    return timezone.now() + EVERY


def verify_seals() -> Iterator[str]:
    """Yield in words what is wrong with the open shop's log: lines changed, gone or in no seal, links that do not fit.

    Lines of the last minutes may wait for their seal.
    """
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
