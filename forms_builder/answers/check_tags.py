"""Tags by the instant check: one for who was linked, one for whom the cart did not find."""

from collections.abc import Sequence
from typing import Any

from forms_builder.models import Submission
from members.models import IdentityRecord, Member, TagBatch
from members.tags.assign import tag_members, untag_members
from tenants.models import Tenant
from tenants.scope import act_as

Outcome = IdentityRecord.Outcome


def handle_decided_records(
    sender: object, tenant: Tenant, record_ids: Sequence[int], **kwargs: Any
) -> None:
    """Tag the members whose answers to forms were decided, each by the newest answer to the form."""
    rows = Submission.objects.filter(
        record__in=record_ids,
        record__outcome__in=(Outcome.LINKED, Outcome.NOT_FOUND),
        is_test=False,
    ).select_related("form__linked_tag", "form__not_found_tag", "record")
    newest = {
        (row.form_id, row.member_id): row for row in rows.order_by("received_at", "pk")
    }
    with act_as(None, "form"):
        for submission in newest.values():
            put_check_tag(submission)


def put_check_tag(submission: Submission) -> None:
    """Put on the tag of the verdict; who is linked loses the tag of those who were not found."""
    form, record = submission.form, submission.record
    assert record and submission.member_id
    who = Member.objects.filter(pk=submission.member_id)
    is_linked = record.outcome == Outcome.LINKED
    tag = form.linked_tag if is_linked else form.not_found_tag
    if is_linked and form.not_found_tag:
        untag_members(form.not_found_tag, who, TagBatch.Source.FORM)
    if tag:
        tag_members(tag, who, TagBatch.Source.FORM)
