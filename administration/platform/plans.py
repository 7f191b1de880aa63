"""Changes of a plan: they hold for every shop that has it, and say who made them."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from administration.models import PlanChange
from operators.models import Operator
from tenants.models import Plan

SHOWN = 20


@transaction.atomic
def change_plan_values(
    plan: Plan, operator: Operator, values: dict[str, Any]
) -> PlanChange | None:
    """Store the values, and who changed what; return None where nothing is new."""
    stored = Plan.objects.select_for_update().get(pk=plan.pk)
    changed = {
        name: [getattr(stored, name), value]
        for name, value in values.items()
        if getattr(stored, name) != value
    }
    if not changed:
        return None
    Plan.objects.filter(pk=plan.pk).update(**values)
    return PlanChange.objects.create(plan=plan, operator=operator, values=changed)


def list_plan_changes(plan: Plan) -> list[PlanChange]:
    """Return the newest changes, each with its ``lines``: label, before and after in words."""
    found = list(plan.changes.select_related("operator").order_by("-at", "-pk")[:SHOWN])
    for change in found:
        change.lines = list(describe_values(change.values))  # type: ignore[attr-defined]
    return found


def describe_values(values: dict[str, list[Any]]) -> Iterator[dict[str, str]]:
    for name, (before, after) in values.items():
        label = str(Plan._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        yield {
            "label": label,
            "before": describe_value(before),
            "after": describe_value(after),
        }


def describe_value(value: Any) -> str:
    """Say a limit, a switch or a name in words."""
    if value is None:
        return _("なし")
    if isinstance(value, bool):
        return _("オン") if value else _("オフ")
    return f"{value:,}" if isinstance(value, int) else str(value)
