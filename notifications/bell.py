"""The bell in the header and what stands behind it."""

from typing import cast

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from notifications.models import NoticeDelivery, Way
from operators.models import Operator


def list_bell_notices(operator: Operator) -> QuerySet[NoticeDelivery]:
    mine = NoticeDelivery.objects.filter(operator=operator, way=Way.BELL)
    return mine.select_related("notice")


def count_unread_notices(request: HttpRequest) -> int:
    """Count up to 100, which the bell shows as 99+."""
    mine = list_bell_notices(cast("Operator", request.user)).filter(read_at=None)
    return mine.order_by()[:100].count()


def mark_notices_read(operator: Operator, public_id: str = "") -> int:
    """Mark one notice as read, or all of them; return how many were unread."""
    unread = NoticeDelivery.objects.filter(
        operator=operator, way=Way.BELL, read_at=None
    )
    if public_id:
        unread = unread.filter(public_id=public_id)
    return unread.update(read_at=Now())
