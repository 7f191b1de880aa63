"""What is left of an account's month: LINE counts operators' notices too, and customers come first."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from messaging.channels.line import client
from messaging.channels.line.errors import LineRefused
from messaging.models import LineAccount
from operators.notify import notify
from outbound.errors import OutboundError

# The kind of notice.
NEARLY_USED = "account.quota_near"
# So long what LINE said is good; and below this share of the month it runs short.
FRESH = timedelta(minutes=15)
SHORT = 0.1


def refresh_quotas(accounts: Iterable[LineAccount]) -> None:
    """Ask LINE what is left of these accounts' month, outside a transaction; without an answer the old one stays."""
    stale = timezone.now() - FRESH
    for account in accounts:
        if account.quota_read_at and account.quota_read_at > stale:
            continue
        try:
            found = client.fetch_quota(account)
        except (OutboundError, LineRefused):
            continue
        store_quota(account, found)


@transaction.atomic
def store_quota(account: LineAccount, found: client.Quota) -> None:
    """Store what LINE said; tell the operators once a month when it begins to run short."""
    was_short, before = is_quota_short(account), account.quota_read_at
    account.quota_limit, account.quota_used = found.limit, found.used
    account.quota_read_at = timezone.now()
    account.save(update_fields=["quota_limit", "quota_used", "quota_read_at"])
    here = timezone.localtime
    new_month = before is None or here(before).month != here().month
    if is_quota_short(account) and (new_month or not was_short):
        notify(NEARLY_USED, account, left=found.left)


def is_quota_short(account: LineAccount) -> bool:
    """Return whether little is left of the month, as far as LINE told; a plan without a limit never runs short."""
    limit, used = account.quota_limit, account.quota_used
    return limit is not None and used is not None and limit - used < limit * SHORT
