"""Record an answer: stored once per ticket, passed on to the member's records, tags put on and taken off."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.models import Form, FormVersion, Submission
from forms_builder.public.tickets import Ticket
from forms_builder.signals import answers_submitted
from members.attributes.cells import find_active_attribute
from members.attributes.values import count_members_with_value, set_attribute_value
from members.identity.answers import record_answer
from members.identity.comeback import restore_returning_member
from members.models import IdentityRecord, Member, TagBatch
from members.tags.assign import tag_members, untag_members
from messaging.scenarios.enroll import enrol_answering_members
from operators import audit
from operators.notify import notify
from tenants.scope import act_as

IDENTITY = ("name", "phone", "email")
NOTICE = "form.answered"


@transaction.atomic
def submit_answers(
    version: FormVersion,
    member: Member | None,
    ticket: Ticket,
    answered: Sequence[Answered],
) -> Submission:
    """Store the answer and do what the form says; the same ticket again returns what it made the first time.

    A test answer is stored and shown, tells the same operators, and changes nothing else: no record, no tag, no cart
    asked. One of nobody waits for an operator (pending.py).
    """
    submission, is_new = claim_ticket(version, member, ticket)
    if is_new:
        store_answers(submission, answered)
        audit.record_action(
            "form.answered",
            submission,
            form=version.form.public_id,
            test=ticket.is_test,
        )
        notify_operators(submission)
    if is_new and member and not ticket.is_test:
        # The record first: a step message started by the tag waits for polls after the answer.
        with act_as(None, "form"):
            restore_returning_member(member, submission.received_at)
            write_to_member(submission, answered)
            change_tags(submission)
    if is_new and not ticket.is_test:
        opened_at = submission.received_at - timedelta(seconds=ticket.age)
        with act_as(None, "form"):
            answers_submitted.send(
                None,
                tenant=submission.tenant,
                submission_ids=[submission.pk],
                opened_at={submission.pk: opened_at},
            )
    return submission


def claim_ticket(
    version: FormVersion, member: Member | None, ticket: Ticket
) -> tuple[Submission, bool]:
    """Return the row of the ticket, and whether it was made here.

    Of parallel posts one makes it; the others wait.
    """
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                form=version.form,
                version=version,
                member=member,
                ticket=ticket.digest,
                is_test=ticket.is_test,
                received_at=timezone.now(),
            )
    except IntegrityError:
        return Submission.objects.get(ticket=ticket.digest), False
    return submission, True


def notify_operators(submission: Submission) -> None:
    """Tell of the answer, where the form says so, by the bell and the ways that it names."""
    form = submission.form
    if form.notifies:
        notify(
            NOTICE,
            submission,
            ways=["bell", *form.notice_ways],
            form=form.name,
            test=submission.is_test,
        )


def write_to_member(submission: Submission, answered: Sequence[Answered]) -> None:
    """Write the answer to the member who held the ticket, whoever's phone number it names.

    Name, phone and email become one record of 本人確認データ; the rest goes to the items that the form names.
    """
    texts: dict[str, str] = {}
    for each in answered:
        texts |= each.question.type.collect_writes(each.question, each.values)
    identity = {key: texts.pop(key, "") for key in IDENTITY}
    asked = any(
        each.question.writes and each.question.type.item in IDENTITY
        for each in answered
    )
    if asked and (submission.form.kind == Form.Kind.IDENTITY or any(identity.values())):
        assert submission.member
        submission.record = record_answer(
            submission.member,
            IdentityRecord.Source.FORM,
            received_at=submission.received_at,
            origin=submission.form.name,
            name=identity["name"],
            email=identity["email"],
            phone=identity["phone"],
        )
        submission.save(update_fields=["record"])
    for key, text in texts.items():
        write_item(submission, key, text)


def write_item(submission: Submission, key: str, text: str) -> None:
    """Write one item of the member; what it cannot take in (a choice that is gone) stays in the answer alone."""
    attribute = find_active_attribute(key)
    if not attribute:
        return
    assert submission.member_id
    who = Member.objects.filter(pk=submission.member_id)
    # What was attached later than it was received overwrites nothing.
    if submission.attached_at and count_members_with_value(attribute, who):
        return
    try:
        with transaction.atomic():
            set_attribute_value(attribute, who, text)
    except ValidationError:
        audit.record_action("form.item_not_written", submission, item=key)


def change_tags(submission: Submission) -> None:
    """Take tags off, then put tags on; a tag that was there already makes this answer a trigger of its own."""
    assert submission.member_id
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
