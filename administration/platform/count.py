"""Each night a shop counts what it holds and sent the day before, for the platform's pages."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from administration.models import ShopDay
from members.identity.member_limit import count_stored_members
from members.models import Member
from messaging.models import Delivery
from operators.models import Seat
from tenants.models import Tenant
from tenants.shops.plans import find_plan
from tenants.wakeups import wake

WAKEUP = "administration.count"
# Minutes after midnight.
AT = timedelta(minutes=20)


@transaction.atomic
def count_shop_day(tenant: Tenant) -> datetime:
    """Store the counts of yesterday, in the shop's zone, and return when to count again."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight - timedelta(days=1)
    sent = Delivery.objects.filter(
        state=Delivery.State.SENT, planned_at__gte=before, planned_at__lt=midnight
    )
    members = Member.objects.filter(deleted_at=None)
    ShopDay.objects.update_or_create(
        shop=tenant,
        day=before.date(),
        defaults={
            "members": count_stored_members(find_plan()),
            "friends": members.filter(line_state=Member.LineState.FRIEND).count(),
            "operators": Seat.objects.filter(expires_at=None).count(),
            "sent": sent.count(),
        },
    )
    return midnight + timedelta(days=1) + AT


def begin_daily_count(tenant: Tenant, **_kwargs: object) -> None:
    """Count a new shop each night from now on."""
    wake(tenant, WAKEUP)
