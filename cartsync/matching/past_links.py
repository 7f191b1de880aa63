"""Whether a member was linked at some moment."""

from datetime import datetime

from django.db.models import Q

from cartsync.models import Link


def was_linked_then(member_id: int, at: datetime) -> bool:
    begun = Link.objects.filter(member=member_id, linked_at__lte=at)
    return begun.filter(Q(ended_at=None) | Q(ended_at__gt=at)).exists()
