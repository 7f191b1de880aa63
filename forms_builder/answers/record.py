"""Store an answer once per ticket, tell the operators, and let it do what its form says (apply.py)."""

import json
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
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
from tenants.wakeups import gather_wakeups

NOTICE = "form.answered"
CLAIM = f"""
INSERT INTO {Submission._meta.db_table}
    (tenant_id, public_id, form_id, member_id, version_id, ticket, way, is_test, hints, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
ON CONFLICT (tenant_id, ticket) DO NOTHING RETURNING id
"""
CAME = f"UPDATE {Submission._meta.db_table} SET record_id = %s, mail_state = %s WHERE tenant_id = %s AND id = %s"


def submit_answers(
    version: FormVersion,
    member: Member | None,
    ticket: Ticket,
    answered: Sequence[Answered],
) -> Submission:
    """Store the answer and do what the form says; the same ticket again returns what it made the first time.

    A test answer is stored and shown, tells the same operators, and changes nothing else: no record, no tag, no cart
    asked. One of nobody waits for an operator (pending.py). Raise AnsweredOnce.
    """
    with transaction.atomic(savepoint=False):
        if is_second_answer(version.form, member, ticket):
            submission = None
        else:
            submission = take_in(version, member, ticket, answered)
    if not submission:
        raise AnsweredOnce
    return submission


class AnsweredOnce(Exception):
    """The form takes one answer a person, and has this one's."""


def is_second_answer(form: Form, member: Member | None, ticket: Ticket) -> bool:
    """Return whether the form takes one answer a person and has this one's; of two at a time the second waits."""
    if not member or not form.once_per_person or ticket.is_test:
        return False
    Member.objects.select_for_update().get(pk=member.pk)
    others = Submission.objects.filter(form=form, member=member, is_test=False)
    return others.exclude(ticket=ticket.digest).exists()


def take_in(
    version: FormVersion,
    member: Member | None,
    ticket: Ticket,
    answered: Sequence[Answered],
) -> Submission:
    """Store the answer with all that comes of it, unless the ticket has been used up; return what it made."""
    submission = build_submission(version, member, ticket)
    if not claim_ticket(submission):
        return Submission.objects.get(ticket=ticket.digest)
    with audit.gather_lines(), gather_wakeups():
        store_answers(submission, answered)
        audit.record_action(
            "form.answered",
            submission,
            form=version.form.public_id,
            test=ticket.is_test,
        )
        notify_operators(submission)
        book_form_mail(submission, answered)
        if not ticket.is_test:
            with act_as(None, "form"):
                let_it_count(submission, ticket, answered)
    if submission.record_id or submission.mail_state:
        with connection.cursor() as cursor:
            row = (submission.tenant_id, submission.pk)
            cursor.execute(CAME, [submission.record_id, submission.mail_state, *row])
    return submission


def let_it_count(
    submission: Submission, ticket: Ticket, answered: Sequence[Answered]
) -> None:
    """Do what the form says, and tell the apps above."""
    if submission.member:
        restore_returning_member(submission.member, submission.received_at)
        apply_submission(submission, answered)
    opened_at = submission.received_at - timedelta(seconds=ticket.age)
    answers_submitted.send(
        None,
        tenant=submission.tenant,
        kind=submission.form.kind,
        submission_ids=[submission.pk],
        opened_at={submission.pk: opened_at},
    )


def build_submission(
    version: FormVersion, member: Member | None, ticket: Ticket
) -> Submission:
    return Submission(
        tenant=version.form.tenant,
        form=version.form,
        version=version,
        member=member,
        ticket=ticket.digest,
        is_test=ticket.is_test,
        way=get_way(ticket),
        hints=list_hints(ticket),
        mail_state="",
        received_at=timezone.now(),
    )


def claim_ticket(submission: Submission) -> bool:
    """Store the row, which uses its ticket up; return whether it was still good.

    Of parallel posts one stores it; the others wait.
    """
    values = [
        submission.tenant_id,
        submission.public_id,
        submission.form_id,
        submission.member_id,
        submission.version_id,
        submission.ticket,
        submission.way,
        submission.is_test,
        json.dumps(submission.hints),
        submission.received_at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row:
        submission.pk = row[0]
        submission._state.adding = False
    return bool(row)


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
