"""Try messages out on testers: one after the other, a minute apart, outside every figure."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from messaging.deliveries.booking import book_message
from messaging.models import Content, Delivery, Sender, Tester
from operators import audit
from tenants.models import Tenant

PACE = timedelta(minutes=1)


@transaction.atomic
def send_test(
    tenant: Tenant,
    subject: models.Model,
    contents: Sequence[Content],
    testers: Sequence[Tester],
    sender: Sender | None,
    key: str,
) -> int:
    """Book the contents for each tester who can get them, the first at once; return how many messages that were.

    No condition is decided, no run begins, and no figure counts them, since they belong to no step and no broadcast.
    ``subject``: the scenario or broadcast, for the audit log. ``sender`` is its LINE account's; a mail goes by
    the shop's own account. ``key`` (at most 20 characters) names the request, so that it books
    once. Raise NoSender.
    """
    now = timezone.now()
    booked = 0
    for tester in testers:
        place = 0
        for content in contents:
            if not tester.can_get(content.kind):
                continue
            book_message(
                tenant,
                source=Delivery.Source.TEST,
                content=content,
                member=tester.member,
                address=tester.mail_address,
                sender=sender if sender and sender.kind == content.kind else None,
                key=f"test:{key}:{tester.pk}:{place}",
                due_at=now + place * PACE,
            )
            place += 1
        booked += place
    name = subject._meta.model_name
    audit.record_action(f"{name}.tested", subject, n=booked, testers=len(testers))
    return booked
