"""What a shop's plan allows. It limits members and operators, never the number of messages."""

from tenants.models import Plan
from tenants.scope import get_current_tenant_id

# Percent of a limit from which owners are told.
LEVELS = (80, 95, 100)


def find_plan() -> Plan | None:
    """Return the plan of the open shop; None where nothing limits it."""
    return Plan.objects.filter(shops=get_current_tenant_id()).first()


def compute_level(count: int, limit: int | None) -> int:
    """Return the highest of LEVELS that ``count`` has reached, 0 below all of them and without a limit."""
    if limit is None:
        return 0
    reached = [level for level in LEVELS if 100 * count >= level * limit]
    return max(reached, default=0)
