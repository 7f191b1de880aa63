"""Hold an address back from all mail, and lift it, each with who did it."""

from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from messaging.models import Suppression
from messaging.suppression.keys import build_suppression_key
from operators import audit
from tenants.scope import get_current_operator


@transaction.atomic
def suppress_address(address: str, reason: str, note: str = "") -> Suppression:
    """Send no mail to the address any more; return what holds it. Held already for this reason, nothing changes."""
    suppression, made = Suppression.objects.get_or_create(
        address=build_suppression_key(address),
        reason=reason,
        lifted_at=None,
        defaults={"note": note[:300], "created_by": get_current_operator()},
    )
    if made:
        audit.record_action("suppression.added", suppression, reason=reason)
    return suppression


@transaction.atomic
def lift_suppression(suppression: Suppression) -> bool:
    """Let mail go to the address again; return False when it was lifted already."""
    lifted = Suppression.objects.open().filter(pk=suppression.pk)
    if not lifted.update(lifted_at=Now(), lifted_by=get_current_operator()):
        return False
    audit.record_action("suppression.lifted", suppression, reason=suppression.reason)
    return True


def find_suppressions(addresses: Collection[str]) -> dict[str, list[Suppression]]:
    """Return what holds each of these addresses now, by the address as given."""
    keys = {address: build_suppression_key(address) for address in addresses if address}
    held: dict[str, list[Suppression]] = {}
    rows = Suppression.objects.open().filter(address__in=set(keys.values()))
    for each in rows.select_related("created_by").order_by("created_at", "pk"):
        held.setdefault(each.address, []).append(each)
    return {address: held.get(key, []) for address, key in keys.items()}
