"""Store an answer once per ticket, tell the operators, and let it do what its form says (apply.py)."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from forms_builder.answers.apply import apply_submission
from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.mail.book import book_form_mail
from forms_builder.models import Form, FormVersion, Submission
from forms_builder.public.tickets import UNKNOWN, Ticket
from forms_builder.signals import answers_submitted
from members.identity.comeback import restore_returning_member
from members.models import Member
from operators import audit
from operators.notify import notify
from tenants.scope import act_as

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
    if member and version.form.once_per_person and not ticket.is_test:
        check_first_answer(version.form, member, ticket)
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
        book_form_mail(submission, answered)
    if is_new and member and not ticket.is_test:
        with act_as(None, "form"):
            restore_returning_member(member, submission.received_at)
            apply_submission(submission, answered)
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


class AnsweredOnce(Exception):
    """The form takes one answer a person, and has this one's."""


def check_first_answer(form: Form, member: Member, ticket: Ticket) -> None:
    """Raise AnsweredOnce for a second ticket; of two at the same time the second waits for the first."""
    Member.objects.select_for_update().get(pk=member.pk)
    others = Submission.objects.filter(form=form, member=member, is_test=False)
    if others.exclude(ticket=ticket.digest).exists():
        raise AnsweredOnce


def claim_ticket(
    version: FormVersion, member: Member | None, ticket: Ticket
) -> tuple[Submission, bool]:
    """Return the row of the ticket, and whether it was made here.

    Of parallel posts one makes it; the others wait.
    """
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                tenant=version.form.tenant,
                form=version.form,
                version=version,
                member=member,
                ticket=ticket.digest,
                is_test=ticket.is_test,
                way=get_way(ticket),
                hints=list_hints(ticket),
                received_at=timezone.now(),
            )
    except IntegrityError:
        return Submission.objects.get(ticket=ticket.digest), False
    return submission, True


def get_way(ticket: Ticket) -> str:
    """Return by which way who answered is known, if at all."""
    if ticket.by_link:
        return Submission.Way.LINK
    return Submission.Way.LINE if ticket.member_id else Submission.Way.BROWSER


def list_hints(ticket: Ticket) -> dict[str, str]:
    """Return who may have answered a link under another LINE login; {} where nobody has to ask."""
    if not ticket.login:
        return {}
    line = "" if ticket.login == UNKNOWN else ticket.login
    return {"link": ticket.member_id, "line": line}


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
