"""Answers of nobody: from a browser without LINE. An operator says whose they are, or puts them aside.

Nothing is attached by itself: whoever knows a telephone number could otherwise write into its owner's records.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from forms_builder.answers.apply import apply_submission
from forms_builder.answers.read import list_answered
from forms_builder.models import Submission
from members.identity.friendship import find_survivor
from members.models import Member
from members.normalize.emails import normalize_email
from members.normalize.phones import normalize_phone
from operators import audit
from operators.models import Operator
from tenants.scope import act_as

MOST = 10


@dataclass(frozen=True)
class Candidate:
    """A member who may have answered.

    ``by``: which of "phone" and "email" are the same, "link" to whom our mail went, "line" who LINE says it was.
    """

    member: Member
    by: Sequence[str]


def list_candidates(submission: Submission, typed: str = "") -> list[Candidate]:
    """Return who has the telephone number or the mail address of the answer, or the one that an operator typed."""
    given = {each.question.kind: each.text for each in list_answered(submission)}
    phones = {normalize_phone(text) for text in (given.get("phone", ""), typed)} - {""}
    emails = {normalize_email(text) for text in (given.get("email", ""), typed)} - {""}
    same = Q(phone_e164__in=phones) | Q(email_key__in=emails)
    if typed:
        same |= Q(public_id=typed.strip()[:12])
    hinted = find_hinted(submission)
    same |= Q(pk__in=list(hinted))
    found = Member.objects.filter(same, deleted_at=None).order_by("pk")[:MOST]
    return [
        Candidate(
            member,
            [
                *hinted.get(member.pk, []),
                *(["phone"] if member.phone_e164 in phones else []),
                *(["email"] if member.email_key in emails else []),
            ],
        )
        for member in found
    ]


def find_hinted(submission: Submission) -> dict[int, list[str]]:
    """Return member → by what they are hinted at; whoever was merged is meant as the one who is left."""
    found: dict[int, list[str]] = {}
    for by, public_id in submission.hints.items():
        member = Member.objects.filter(public_id=public_id).first()
        person = find_survivor(member) if member else None
        if person:
            found.setdefault(person.pk, []).append(by)
    return found


@transaction.atomic
def attach_submission(
    submission: Submission, member: Member, operator: Operator
) -> bool:
    """Make the answer the member's, as of the time it was received; return whether it was still pending.

    An answer of the member that came later stays the newest, and an item that has a value keeps it.
    """
    waiting = Submission.objects.pending().filter(pk=submission.pk)
    if not waiting.update(member=member, attached_at=timezone.now()):
        return False
    submission = Submission.objects.to_show().get(pk=submission.pk)
    with act_as(operator, "form"):
        apply_submission(submission, list_answered(submission))
        submission.save(update_fields=["record"])
    audit.record_action("form.attached", submission, member=member.public_id)
    return True


@transaction.atomic
def dismiss_submission(submission: Submission) -> bool:
    """Put the answer aside; it stays readable. Return whether it was still pending."""
    waiting = Submission.objects.pending().filter(pk=submission.pk)
    if not waiting.update(dismissed_at=timezone.now()):
        return False
    audit.record_action("form.dismissed", submission)
    return True
