"""Reads of step messages and deliveries."""

from typing import Any, TypeVar

from django.db.models import Count, Model, Q

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=Model)
# The counts of a step or a scenario, in the order of the screen.
COUNTED = {
    "waiting": Q(state__in=(0, 1)) & ~Q(reason="held"),
    "held": Q(state=0, reason="held"),
    "sent": Q(state=2),
    "skipped": Q(state=3),
    "failed": Q(state__in=(4, 6)),
}


class ScenarioQuerySet(TenantQuerySet[M]):
    def listed(self) -> "ScenarioQuerySet[M]":
        """Newest first, with what the list shows beside each."""
        rows = self.select_related("account").prefetch_related("trigger_tags", "steps")
        return rows.order_by("-created_at", "-id")


class DeliveryQuerySet(TenantQuerySet[M]):
    def counts_by(self, field: str) -> dict[int, dict[str, int]]:
        """{value of ``field``: {"waiting": n, "held": n, "sent": n, "skipped": n, "failed": n}}."""
        counts = {name: Count("pk", filter=condition) for name, condition in COUNTED.items()}
        rows: Any = self.order_by().values(field).annotate(**counts)
        return {row.pop(field): row for row in rows}

    def logged(self) -> "DeliveryQuerySet[M]":
        """For the log: with member, step and account."""
        return self.select_related("member", "enrollment__scenario", "step", "account", "content")
