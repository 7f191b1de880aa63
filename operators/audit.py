"""The log of what was done. Facts and ids only: no names, addresses or message texts."""

from typing import Any

from django.db import models

from operators.models import AuditEntry
from tenants.scope import get_current_operator


def record_action(
    action: str, target: models.Model | None = None, **data: Any
) -> AuditEntry:
    """Add a line to the shop's audit log, inside the caller's transaction; the operator comes from the scope."""
    what = f"{target._meta.label_lower}:{target.pk}" if target else ""
    return AuditEntry.objects.create(
        operator=get_current_operator(), action=action, target=what, data=data
    )
