"""A closed shop: its pages can be read and its data taken along, nothing can be changed, nothing is sent or fetched.

What LINE reports meanwhile is stored and handled once the shop is open again.
"""

from django.utils import timezone

from tenants.models import ClosedReason, Tenant

# What goes on for a closed shop: its own end, its log, what its operators are told, files that they take along.
KEPT_WAKEUPS = (
    "administration.",
    "operators.",
    "notifications.",
    "jobs.",
    "messaging.dispatch",
)


def close_shop(tenant: Tenant, reason: ClosedReason) -> bool:
    """Close the shop, within the caller's transaction; return False where it was closed already."""
    closed = Tenant.objects.filter(pk=tenant.pk, closed_at=None).update(
        closed_at=timezone.now(), closed_reason=reason
    )
    return bool(closed)


def reopen_shop(tenant: Tenant) -> bool:
    """Open a closed shop again, within the caller's transaction; False where it was open, is deleted or moved."""
    closed = Tenant.objects.filter(pk=tenant.pk, closed_at__isnull=False).exclude(
        closed_reason__in=(
            ClosedReason.DELETED,
            ClosedReason.MOVING,
            ClosedReason.MOVED,
        )
    )
    return bool(closed.update(closed_at=None, closed_reason=""))
