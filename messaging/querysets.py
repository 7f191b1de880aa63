"""Reads of step messages and deliveries."""

from collections import Counter, defaultdict
from typing import Any, TypeVar

from django.db.models import Case, Count, Model, OuterRef, Subquery, Value, When

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=Model)
# State → the count it belongs to on the screen; held ones are told apart by their reason.
COUNTED = {0: "waiting", 1: "waiting", 2: "sent", 3: "skipped", 4: "failed", 5: "cancelled", 6: "failed"}
Counts = dict[int, Counter[str]]


class ScenarioQuerySet(TenantQuerySet[M]):
    def listed(self) -> "ScenarioQuerySet[M]":
        """Newest first, with what the list shows beside each."""
        rows = self.select_related("account").prefetch_related("trigger_tags", "steps")
        return rows.order_by("-created_at", "-id")


class DeliveryQuerySet(TenantQuerySet[M]):
    def counts_by_step(self) -> Counts:
        """{step id: {"waiting": n, "held": n, "sent": n, "skipped": n, "failed": n}}; two queries, by index alone."""
        counts: Counts = defaultdict(Counter)
        for step, state, number in self.order_by().values_list("step", "state").annotate(Count("pk")):
            counts[step][COUNTED[state]] += number
        held = self.filter(state=0, reason="held").order_by()
        for step, number in held.values_list("step").annotate(Count("pk")):
            counts[step].update(held=number, waiting=-number)
        return counts

    def logged(self) -> Any:
        """For the log: with member, step, account, and LINE's words when it refused."""
        from messaging.models import Attempt  # models need this module

        newest = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
        said = Case(When(state=4, then=Subquery(newest.values("error")[:1])), default=Value(""))
        rows = self.select_related("member", "enrollment__scenario", "step", "account", "content")
        return rows.annotate(line_said=said)

    def unknown(self) -> "DeliveryQuerySet[M]":
        """What a person must look at."""
        return self.filter(state=6)
