"""What an answer does to its member: records, tags and step messages."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from forms_builder.answers.read import Answered
from forms_builder.models import Form, Submission
from members.attributes.cells import find_active_attribute
from members.attributes.values import count_members_with_value, set_attribute_value
from members.identity.answers import record_answer
from members.models import IdentityRecord, Member, TagBatch
from members.tags.assign import tag_members, untag_members
from messaging.scenarios.enroll import enrol_answering_members
from messaging.triggers.fire import find_listening_kinds, fire_trigger
from operators import audit

IDENTITY = ("name", "phone", "email")
ANSWERED, ANSWERED_AGAIN = "form_answered", "form_answered_again"


def apply_submission(submission: Submission, answered: Sequence[Answered]) -> None:
    """Do what the form says, in the caller's transaction: records, tags, step messages. The caller saves ``record``.

    The record comes first: a step message that the answer starts waits for polls after it.
    """
    write_to_member(submission, answered)
    change_tags(submission)
    fire_answer(submission)


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
            find_source(submission),
            received_at=submission.received_at,
            origin=submission.form.name,
            name=identity["name"],
            email=identity["email"],
            phone=identity["phone"],
        )
    for key, text in texts.items():
        write_item(submission, key, text)


def find_source(submission: Submission) -> str:
    """Return as whose answer it counts: by a personal link it is the member's own, but not by LINE."""
    by_link = submission.way == Submission.Way.LINK
    return IdentityRecord.Source.LINK if by_link else IdentityRecord.Source.FORM


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
    rows = form.form_tags.select_related("tag").order_by("tag__name", "tag_id")
    chosen = [(each.tag, each.removes) for each in rows]
    for tag, removes in chosen:
        tag.tenant = form.tenant  # known already
        if removes:
            untag_members(tag, who, TagBatch.Source.FORM)
    had = [
        tag.pk
        for tag, removes in chosen
        if not removes and not tag_members(tag, who, TagBatch.Source.FORM).count
    ]
    if had:
        enrol_answering_members(
            form.tenant, had, [submission.member_id], f"submission:{submission.pk}"
        )


def fire_answer(submission: Submission) -> None:
    """Let the answer start and end step messages; one of a member who answered this form before is a second event."""
    assert submission.member_id
    form, who = submission.form, [submission.member_id]
    key = f"submission:{submission.pk}"
    heard = find_listening_kinds([ANSWERED, ANSWERED_AGAIN])
    if ANSWERED in heard:
        fire_trigger(form.tenant, ANSWERED, form.public_id, who, key)
    if ANSWERED_AGAIN in heard and has_answered_before(submission):
        fire_trigger(form.tenant, ANSWERED_AGAIN, form.public_id, who, key)


def has_answered_before(submission: Submission) -> bool:
    """Return whether the member's answers to this form began before this one was received."""
    others = Submission.objects.filter(
        form=submission.form_id,
        member=submission.member_id,
        is_test=False,
        received_at__lte=submission.received_at,
    )
    return others.exclude(pk=submission.pk).exists()
