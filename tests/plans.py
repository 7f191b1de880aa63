"""A shop gets a plan of its own."""

from tenants.models import Plan, Tenant


def limit_members(
    shop: Tenant, members: int | None, operators: int | None = None
) -> Plan:
    """Let the shop keep so many members and operators."""
    values = {"name": "試験", "member_limit": members, "operator_limit": operators}
    plan, _made = Plan.objects.update_or_create(code="test", defaults=values)
    Tenant.objects.filter(pk=shop.pk).update(plan=plan)
    return plan
