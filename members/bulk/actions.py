"""Bulk actions on the members that are selected in a list: what each asks, and the job that does it part by part.

An action is handed in once (members/extension.py); the page (members/screens/bulk/views.py) and the job follow from it.
A job goes through its members in the order of their ids, one part a transaction, and may be killed, stopped and resumed
anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from jobs.runner import JobFailed, Kind
from members.bulk.forms import BulkForm
from members.bulk.params import AnyParams, BulkParams, UndoParams, read_about
from members.conditions.tree import BadCondition
from members.extension import extensions
from members.listing.selection import Selection, select_members
from members.models import Member
from operators.models import Operator
from operators.roles import EDIT
from tenants.scope import get_current_operator

LazyText = str | Promise
Numbers = Mapping[str, int]
# Members in one part. Tagging a million took 1.8 times as long in parts of 50,000 as in one statement, and 1.1 times in
# parts of this size. A part takes about two seconds, which is also how long a stop waits.
PART_SIZE = 100_000


@dataclass(frozen=True)
class ActionUndo:
    """How a finished job is undone.

    ``step(undo job, its job)``, ``lines(undo job)``, and ``note(job)`` for the page that asks.
    """

    step: Callable[[Job, Job], bool]
    lines: Callable[[Job], list[str]]
    note: Callable[[Job], LazyText] = lambda job: ""


@dataclass(frozen=True)
class Action:
    """One 一括… button.

    ``asks``: what it does to %(n)s members; ``effect``: what follows from it. ``keep(form)``: those of the job's
    ``params`` that stand beside the selection, and its secret (what was typed may name a person). ``act(job, members)``
    works on one part: the numbers of its outcome, "changed" among them. ``left_out(members, form)``: sentences about
    who is passed over.
    """

    name: str
    label: LazyText
    submit: LazyText
    asks: LazyText
    effect: LazyText
    form: type[BulkForm]
    act: Callable[[Job, QuerySet[Member]], Numbers]
    lines: Callable[[Job], list[str]]
    params: type[BulkParams] = BulkParams
    keep: Callable[[Any], tuple[dict[str, Any], str]] = lambda form: ({}, "")
    left_out: Callable[[QuerySet[Member], Any], list[str]] = lambda members, form: []
    undo: ActionUndo | None = None
    danger: bool = False
    # The secret is wiped when the job ends, so only an action without one can be resumed.
    resumable: bool = True


def list_actions() -> Iterator[Action]:
    """Yield every action, of this app and of those above."""
    for each in extensions.values():
        yield from each.bulk_actions


def find_action(name: str) -> Action | None:
    """Return the action of this name, if there is one."""
    return next((action for action in list_actions() if action.name == name), None)


def list_kinds() -> Iterator[Kind]:
    """Yield the jobs that do the actions, and those that take them back."""
    for action in list_actions():
        yield make_kind(action)
        if action.undo:
            yield make_undo_kind(action, action.undo)


def make_kind(action: Action) -> Kind:
    """Return the kind of job that does the action."""
    undo = action.undo
    return Kind(
        name=f"bulk.{action.name}",
        title=lambda job: _build_action_title(action.label, job),
        right=EDIT,
        lines=action.lines,
        step=lambda job: process_next_part(
            job, _select_job_members(job), lambda members: action.act(job, members)
        ),
        undo=_start_action_undo if undo else None,
        undoable=lambda job: job.result.get("changed", 0) > 0,
        undo_note=undo.note if undo else lambda job: "",
        params=action.params,
        resumable=action.resumable,
        label=action.label,
    )


def make_undo_kind(action: Action, undo: ActionUndo) -> Kind:
    """Return the kind of job that takes the action back."""
    return Kind(
        name=f"bulk.{action.name}.undo",
        title=lambda job: (
            _("元に戻す：%(job)s") % {"job": _build_action_title(action.label, job)}
        ),
        right=EDIT,
        lines=undo.lines,
        step=lambda job: undo.step(job, find_undone_job(job)),
        params=UndoParams,
        resumable=True,
        label=action.label,
    )


def _build_action_title(label: LazyText, job: Job) -> str:
    """Return the title of a job with what it is about, such as 「一括タグ付け：定期3回目」."""
    about = read_about(job)
    return (
        _("%(label)s：%(about)s") % {"label": label, "about": about}
        if about
        else str(label)
    )


def start_bulk_action(
    action: Action, selection: Selection, form: BulkForm, operator: Operator
) -> Job:
    """Start the job that does the action to the selection: at once when it is small."""
    params, secret = action.keep(form)
    return runner.start_job(
        f"bulk.{action.name}",
        operator,
        action.params(selection=selection, **params),
        selection["count"],
        secret,
    )


def _start_action_undo(job: Job) -> Job:
    known = read_params(job, AnyParams)
    params = UndoParams(job=job.pk, about=known.about, tag=known.tag)
    # The operator who undoes it, not the one who did it.
    return runner.start_job(
        f"{job.kind}.undo", get_current_operator(), params, job.result["changed"]
    )


def find_undone_job(job: Job) -> Job:
    """Return the job that this one undoes."""
    return Job.objects.get(pk=read_params(job, UndoParams).job)


def _select_job_members(job: Job) -> QuerySet[Member]:
    """Return the members whom the job is for.

    Raises JobFailed when the condition cannot be read any more, such as when something that it names was deleted: then
    the job is for nobody.
    """
    try:
        return select_members(read_params(job, BulkParams).selection)
    except BadCondition as error:
        raise JobFailed(
            _(
                "条件を読み取れません。会員リストで条件を選び直して、もう一度実行してください。"
            )
        ) from error


def process_next_part(
    job: Job, chosen: QuerySet[Member], act: Callable[[QuerySet[Member]], Numbers]
) -> bool:
    """Run ``act`` on the next part of the members, by id, and return whether it was the last."""
    rest = chosen.filter(pk__gt=job.cursor).order_by("pk")
    part = (
        Member.objects.filter(pk__in=rest.values("pk")[:PART_SIZE])
        .order_by()
        .aggregate(last=Max("pk"), n=Count("pk"))
    )
    if part["n"]:
        add_result_numbers(
            job, act(chosen.filter(pk__gt=job.cursor, pk__lte=part["last"]))
        )
        job.cursor, job.done = part["last"], job.done + part["n"]
    finished = part["n"] < PART_SIZE
    job.total = job.done if finished else max(job.total, job.done)
    return finished


def add_result_numbers(job: Job, numbers: Numbers) -> None:
    for name, number in numbers.items():
        job.result[name] = job.result.get(name, 0) + number


# ---------------------------------------------------------------- texts of the outcome
def build_outcome_describer(
    done: LazyText, rest: LazyText
) -> Callable[[Job], list[str]]:
    """Return a function that describes the outcome of a job in these sentences.

    They may contain %(n)s changed, %(rest)s passed over and %(about)s. ``rest`` is added only when there are any.
    """

    def lines(job: Job) -> list[str]:
        changed = job.result.get("changed", 0)
        words = {
            "n": f"{changed:,}",
            "rest": f"{job.done - changed:,}",
            "about": read_about(job),
        }
        told = ((done, job.done), (rest, rest and job.done > changed))
        return [str(line) % words for line, shown in told if shown]

    return lines


def describe_passed_over(number: int, words: str) -> list[str]:
    return [words % {"n": f"{number:,}"}] if number else []
