"""A deleted member who follows or answers again is there again, with all that belonged to them."""

from datetime import datetime

from members.identity.delete import restore_members
from members.models import Member, MemberChange


def restore_returning_member(member: Member, at: datetime) -> bool:
    """Restore the member when they were deleted before ``at``, the moment of what they did; return whether it was so.

    Who was merged into another stays there.
    """
    if not member.deleted_at or member.deleted_at > at or member.merged_into_id:
        return False
    restored = restore_members(Member.objects.filter(pk=member.pk), by_themselves=True)
    member.refresh_from_db()
    return bool(restored)


def find_comeback(member: Member) -> datetime | None:
    """Return when the member came back by themselves after they were deleted; None when that was not so.

    It is the latest change of the deletion, when no operator made it.
    """
    changes = MemberChange.objects.filter(member=member, after__has_key="deleted_at")
    latest = changes.order_by("-at", "-id").first()
    if not latest or latest.after["deleted_at"] or latest.operator_id:
        return None
    return latest.at
