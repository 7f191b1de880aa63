"""From the outbox to each operator: one row for each way. Bells ring at once, the rest is sent by send.py."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from notifications.audience import Audience
from notifications.models import NoticeDelivery, QuietWindow, Way
from operators.models import Notice
from tenants.models import Tenant
from tenants.wakeups import wake

BATCH = 500
DIGEST_EVERY = timedelta(hours=1)


@transaction.atomic
def route_notices(tenant: Tenant) -> bool:
    """Give each untold notice to those who are to hear of it; return whether more wait."""
    untold = Notice.objects.filter(told_at=None).order_by("pk")
    notices = list(untold.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if not notices:
        return False
    audience, now = Audience(), timezone.now()
    quiet_until = find_end_of_quiet(QuietWindow.objects.first(), now)
    rows = []
    for notice in notices:
        for reach in audience.find_reaches(notice):
            for way in reach.ways:
                rings = way == Way.BELL
                due = now if rings or not reach.digest else compute_next_digest(now)
                rows.append(
                    NoticeDelivery(
                        notice=notice,
                        operator=reach.operator,
                        way=way,
                        digest=reach.digest and not rings,
                        due_at=due if rings else max(due, quiet_until),
                        sent_at=now if rings else None,
                    )
                )
    NoticeDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(
        told_at=Now()
    )
    if waiting := [row.due_at for row in rows if row.sent_at is None]:
        wake(tenant, "notifications.send", at=min(waiting))
    return len(notices) == BATCH


def compute_next_digest(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + DIGEST_EVERY


def find_end_of_quiet(window: QuietWindow | None, now: datetime) -> datetime:
    """Return when the quiet hours around ``now`` end; ``now`` itself outside of them."""
    if not window or window.begins is None or window.ends is None:
        return now
    here = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    begins, ends, at = window.begins, window.ends, here.time()
    over_midnight = begins > ends
    quiet = at >= begins or at < ends if over_midnight else begins <= at < ends
    if not quiet:
        return now
    end = here.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return end + timedelta(days=1) if over_midnight and at >= begins else end
