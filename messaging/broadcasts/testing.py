"""A test send: the message as it is, now, to the shop's own testers. They are the members with the tag テスター."""

from django.db import transaction

from members.models import Member, MemberTag
from members.normalize.keys import normalize_label
from messaging.deliveries.booking import book_message
from messaging.models import Broadcast, Delivery
from operators import audit

# For every language the same: it is the name of a tag.
TESTER = "テスター"
MOST_TESTERS = 20


def list_testers() -> list[Member]:
    """Return the members with the tag テスター who are friends, at most MOST_TESTERS."""
    tagged = MemberTag.objects.filter(tag__name_key=normalize_label(TESTER))
    rows = Member.objects.filter(
        pk__in=tagged.values("member_id"), deleted_at=None, line_state="friend"
    )
    return list(rows.order_by("pk")[:MOST_TESTERS])


@transaction.atomic
def send_test(broadcast: Broadcast) -> int:
    """Book the message for each tester, due now; return how many. It counts in no result of the broadcast."""
    if not broadcast.content:
        return 0
    testers = list_testers()
    for member in testers:
        book_message(
            broadcast.tenant,
            source=Delivery.Source.TEST,
            content=broadcast.content,
            member=member,
            sender=broadcast.account.sender,
        )
    audit.record_action("broadcast.tested", broadcast, count=len(testers))
    return len(testers)
