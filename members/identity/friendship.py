"""What LINE reports about a friend: follow, unfollow, and the profile that comes with them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from members.identity.comeback import restore_returning_member
from members.models import Member


@transaction.atomic
def apply_friend_event(
    user_id: str, state: str, at: datetime, display_name: str = "", picture: str = ""
) -> Member:
    """Apply an event of LINE to the member of a LINE user id, who is created when new, and return the member.

    Events come in any order: an older one changes no newer state. When the member was merged into another one, the
    friendship stays with the LINE id, and the sign of life goes to the survivor, who is returned.
    """
    member, _made = Member.objects.get_or_create(line_user_id=user_id)
    news: dict[str, Any] = {"line_state": state, "line_state_at": at}
    news |= {"line_name": display_name[:200]} if display_name else {}
    news |= {"line_picture": picture[:500]} if picture else {}
    newer = Member.objects.filter(
        Q(line_state_at=None) | Q(line_state_at__lte=at), pk=member.pk
    )
    newer.update(**news)
    person = find_survivor(member)
    if state == Member.LineState.FRIEND:
        restore_returning_member(person, at)
        Member.objects.filter(pk=person.pk).update(
            last_seen_at=Greatest(Coalesce("last_seen_at", at), at)
        )
    person.refresh_from_db()
    return person


def find_survivor(member: Member) -> Member:
    """Return the member into whom this one was merged in the end; most were not merged at all."""
    seen = {member.pk}
    while member.merged_into_id and member.merged_into_id not in seen:
        member = Member.objects.get(pk=member.merged_into_id)
        seen.add(member.pk)
    return member
