"""お問い合わせ: made for one member or for many, and changed."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jobs.models import Job
from members.models import Inquiry, Member
from operators import audit
from tenants.scope import get_current_operator


@transaction.atomic
def make_inquiry(member: Member, **values: Any) -> Inquiry:
    inquiry = Inquiry.objects.create(
        member=member, made_by=get_current_operator(), **values
    )
    audit.record_action("inquiry.made", inquiry, member=member.pk)
    return inquiry


def get_inquiry_version(inquiry: Inquiry) -> str:
    """Return a text that changes whenever the inquiry does: the state that a form was filled in against."""
    return inquiry.changed_at.isoformat()


def lock_inquiry(inquiry: Inquiry) -> Inquiry:
    """Return the inquiry as it is now, locked until the transaction ends."""
    rows = Inquiry.objects.select_related("assignee").select_for_update(
        of=("self",), no_key=True
    )
    return rows.get(pk=inquiry.pk)


@transaction.atomic
def change_inquiry(inquiry: Inquiry, **values: Any) -> None:
    changed = [
        name for name, value in values.items() if getattr(inquiry, name) != value
    ]
    for name in changed:
        setattr(inquiry, name, values[name])
    if changed:
        inquiry.save(update_fields=[*changed, "changed_at"])
        audit.record_action(
            "inquiry.changed", inquiry, fields=changed, mark=inquiry.mark
        )


@transaction.atomic
def make_inquiries(job: Job, members: QuerySet[Member], **values: Any) -> int:
    """Create one inquiry for each of ``members``, and return how many.

    The database refuses a second one of the same job.
    """
    ids = members.order_by("pk").values_list("pk", flat=True)
    made = [
        Inquiry(member_id=pk, job=job, made_by=job.operator, **values) for pk in ids
    ]
    Inquiry.objects.bulk_create(made, batch_size=5_000)
    audit.record_action("inquiry.made", job, count=len(made))
    return len(made)
