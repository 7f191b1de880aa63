"""Record an answer: stored once per ticket, passed on to the member's records, tags put on and taken off."""

from collections.abc import Sequence
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone

from forms_builder.models import Field, Form, Submission
from forms_builder.public.answer_form import Answer
from forms_builder.public.tickets import Ticket
from members.identity.answers import record_answer
from members.identity.comeback import restore_returning_member
from members.models import IdentityRecord, Member, TagBatch
from members.tags.assign import tag_members, untag_members
from messaging.scenarios.enroll import enrol_answering_members
from operators import audit
from tenants.scope import act_as


@transaction.atomic
def submit_answers(
    form: Form, member: Member, ticket: Ticket, answers: Sequence[Answer]
) -> Submission:
    """Store the answer and do what the form says; the same ticket again returns what it made the first time.

    A test answer is stored and shown, and changes nothing else: no record, no tag, no cart asked.
    """
    submission, is_new = claim_ticket(form, member, ticket, answers)
    if is_new:
        audit.record_action(
            "form.answered", submission, form=form.public_id, test=ticket.is_test
        )
    if is_new and not ticket.is_test:
        # The record first: a step message started by the tag waits for polls after the answer.
        with act_as(None, "form"):
            restore_returning_member(member, submission.received_at)
            record_identity(submission, answers)
            change_tags(submission)
    return submission


def claim_ticket(
    form: Form, member: Member, ticket: Ticket, answers: Sequence[Answer]
) -> tuple[Submission, bool]:
    """Return the row of the ticket, and whether it was made here.

    Of parallel posts one makes it; the others wait.
    """
    try:
        with transaction.atomic():
            kept = [asdict(answer) for answer in answers]
            submission = Submission.objects.create(
                form=form,
                member=member,
                ticket=ticket.digest,
                answers=kept,
                is_test=ticket.is_test,
                received_at=timezone.now(),
            )
    except IntegrityError:
        return Submission.objects.get(ticket=ticket.digest), False
    return submission, True


def record_identity(submission: Submission, answers: Sequence[Answer]) -> None:
    """Record the answer as 本人確認データ of the member who held the ticket, whoever's phone number it names."""
    given = {answer.kind: answer.value for answer in answers}
    submission.record = record_answer(
        submission.member,
        IdentityRecord.Source.FORM,
        received_at=submission.received_at,
        origin=submission.form.name,
        name=given.get(Field.Kind.NAME, ""),
        phone=given.get(Field.Kind.PHONE, ""),
        email=given.get(Field.Kind.EMAIL, ""),
    )
    submission.save(update_fields=["record"])


def change_tags(submission: Submission) -> None:
    """Take tags off, then put tags on; a tag that was there already makes this answer a trigger of its own."""
    form, who = submission.form, Member.objects.filter(pk=submission.member_id)
    for each in form.tags_to(remove=True):
        untag_members(each, who, TagBatch.Source.FORM)
    had = [
        each.pk
        for each in form.tags_to(remove=False)
        if not tag_members(each, who, TagBatch.Source.FORM).count
    ]
    if had:
        enrol_answering_members(
            form.tenant, had, [submission.member_id], f"submission:{submission.pk}"
        )
