"""A member's personal data is deleted for good on request: a job, step by step, of which each may be repeated.

What stays is the audit log, whose lines are append-only and hold ids alone. The member itself goes last: by it a worker
that follows a killed one knows whom it is about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from administration.erasure.person import Person, find_person
from administration.erasure.rows import (
    erase_answers_and_customers,
    erase_files_with_members,
    erase_mails,
    erase_messages,
    erase_requests,
    wait_for_others,
)
from administration.erasure.sweep import list_swept_models, replace_words
from jobs.models import Job
from jobs.params import read_params
from jobs.runner import Kind, start_job
from members.identity.delete import delete_members, delete_members_softly
from members.models import Member
from operators import audit
from operators.models import Operator
from operators.roles import MANAGE


@dataclass(frozen=True, kw_only=True)
class ErasureParams:
    member: int


@transaction.atomic
def start_erasing_member(member: Member, operator: Operator | None) -> Job:
    """Hide the member at once, and start the job that deletes all of it."""
    delete_members_softly(Member.objects.filter(pk=member.pk))
    audit.record_action("member.erasure_asked", member)
    params = ErasureParams(member=member.pk)
    return start_job(ERASE_MEMBER.name, operator, params)


def list_steps() -> list[Callable[[Person], int]]:
    """Return what is done, in this order; addresses and numbers are known until the last step."""
    sweeps = [partial(replace_words, model) for model in list_swept_models()]
    return [
        erase_files_with_members,
        erase_messages,
        erase_mails,
        erase_requests,
        *sweeps,
        erase_the_rest,
    ]


def erase_the_rest(person: Person) -> int:
    """Delete what came in meanwhile, the answers, the carts' copies, and the members themselves."""
    erase_messages(person)
    erase_mails(person)
    erase_requests(person)
    erase_answers_and_customers(person)
    return delete_members(Member.objects.filter(pk__in=person.ids))


def run_step(job: Job) -> bool:
    """Do the next step; return whether it was the last."""
    steps = list_steps()
    job.total = len(steps)
    member_id = read_params(job, ErasureParams).member
    if job.cursor >= len(steps) or not Member.objects.filter(pk=member_id).exists():
        return True
    person = find_person(member_id)
    wait_for_others(person)
    steps[job.cursor](person)
    job.cursor += 1
    job.done = job.cursor
    return job.cursor == len(steps)


ERASE_MEMBER = Kind(
    name="administration.erase_member",
    title=lambda job: _("会員の個人情報の削除"),
    step=run_step,
    right=MANAGE,
    label=gettext_lazy("会員の個人情報の削除"),
    params=ErasureParams,
    stoppable=False,
    resumable=True,
)
