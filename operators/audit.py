"""The log of what was done. Facts and ids only: no names, addresses or message texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import models

from operators.models import AuditEntry
from tenants.scope import get_current_operator, get_current_source

# The lines that wait for the end of ``gather_lines``; None outside of it.
_gathered: ContextVar[list[AuditEntry] | None] = ContextVar("audit_lines", default=None)
# From which address of the network the request came; None where there is no request.
_address: ContextVar[str | None] = ContextVar("audit_address", default=None)


@contextmanager
def record_from(address: str | None) -> Iterator[None]:
    """Have the lines that are written inside say that they came from this address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


@contextmanager
def gather_lines() -> Iterator[None]:
    """Write the lines of the block at its end, in their order and in one statement, within the caller's transaction.

    For a verb that does much at once. An entry has no number before.
    """
    if _gathered.get() is not None:
        yield
        return
    lines: list[AuditEntry] = []
    token = _gathered.set(lines)
    try:
        yield
    finally:
        _gathered.reset(token)
    AuditEntry.objects.bulk_create(lines)


def find_next_data(target: models.Model, action: str, at: datetime) -> dict[str, Any]:
    """Return the data of the first such line about ``target`` after this moment; {} where there is none."""
    lines = AuditEntry.objects.filter(
        target=f"{target._meta.label_lower}:{target.pk}", action=action, at__gt=at
    )
    return lines.order_by("at", "pk").values_list("data", flat=True).first() or {}


def find_newest_time(target: models.Model, action: str) -> datetime | None:
    """Return when this was done to ``target`` last; None where it never was."""
    lines = AuditEntry.objects.filter(
        target=f"{target._meta.label_lower}:{target.pk}", action=action
    )
    return lines.order_by("-at", "-pk").values_list("at", flat=True).first()


def record_action(
    action: str,
    target: models.Model | None = None,
    /,
    *,
    refused: object = False,
    **data: Any,
) -> AuditEntry:
    """Add a line to the shop's audit log, inside the caller's transaction; the operator comes from the scope.

    ``refused``: true where it was tried and not done.
    """
    what = f"{target._meta.label_lower}:{target.pk}" if target else ""
    results = AuditEntry.Result
    entry = AuditEntry(
        operator=get_current_operator(),
        action=action,
        target=what,
        data=data,
        result=results.REFUSED if refused else results.DONE,
        source=get_current_source(),
        address=_address.get(),
    )
    gathered = _gathered.get()
    if gathered is None:
        entry.save(force_insert=True)
    else:
        gathered.append(entry)
    return entry
