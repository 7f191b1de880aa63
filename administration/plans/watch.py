"""Each hour a shop's members are counted; near the plan's limit its owners are told, once for each level."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from administration.plans.meters import measure_members
from operators.models import Notice
from operators.notify import NoticeText, notify
from tenants.models import Tenant
from tenants.shops.plans import find_plan
from tenants.wakeups import wake

WAKEUP = "administration.plan"
NEAR_LIMIT = "plan.near_limit"
EVERY = timedelta(hours=1)


@transaction.atomic
def watch_members(tenant: Tenant) -> datetime:
    """Store which level of the limit the members have reached, tell of a higher one, and return when to look again."""
    meter = measure_members(find_plan())
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if meter.level > row.limit_level:
        notify(NEAR_LIMIT, count=meter.count, limit=meter.limit, level=meter.level)
    if meter.level != row.limit_level:
        row.limit_level = meter.level
        row.save(update_fields=["limit_level"])
    return timezone.now() + EVERY


def begin_watching(tenant: Tenant, **_kwargs: object) -> None:
    """Count the members of a new shop, each hour from now on."""
    wake(tenant, WAKEUP)


def describe_near_limit(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    return {each.pk: describe_level(each) for each in notices}


def describe_level(notice: Notice) -> NoticeText:
    data = notice.data
    if data["level"] == 100:
        title = _("会員数がプランの上限に達しました")
    else:
        title = _("会員数がプランの上限の%(level)s%%を超えました") % data
    detail = _("いま%(count)s名、上限は%(limit)s名です。") % {
        name: f"{data[name]:,}" for name in ("count", "limit")
    }
    return NoticeText(title, detail, "administration:plan")
