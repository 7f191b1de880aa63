"""Cleaning up what was typed or pasted to find members: it is personal data and is deleted after a month."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from members.models import SearchText, ValueList, ValueListMember, ValueListText
from operators import audit
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

RETENTION = timedelta(days=30)


def schedule_search_cleanup() -> None:
    """Schedule the cleanup. Call it whenever something is stored that must not stay."""
    wake(get_current_tenant_id(), "members.tidy", at=timezone.now() + RETENTION)


@transaction.atomic
def delete_old_searches() -> datetime | None:
    """Delete searches and pasted lists that are older than a month and that nothing saved names.

    See conditions/retention.py. Return when the next of them is due.
    """
    before = timezone.now() - RETENTION
    searches, _ = SearchText.objects.filter(created_at__lte=before, kept=False).delete()
    lists = list(
        ValueList.objects.filter(created_at__lte=before, kept=False).values_list(
            "pk", flat=True
        )
    )
    for model in (ValueListMember, ValueListText):
        model.objects.filter(list_id__in=lists)._raw_delete("default")
    ValueList.objects.filter(pk__in=lists).delete()
    if searches or lists:
        audit.record_action("search.tidied", searches=searches, lists=len(lists))
    oldest = [
        moment
        for rows in (
            SearchText.objects.filter(kept=False),
            ValueList.objects.filter(kept=False),
        )
        if (
            moment := rows.order_by("created_at")
            .values_list("created_at", flat=True)
            .first()
        )
    ]
    return min(oldest) + RETENTION if oldest else None
