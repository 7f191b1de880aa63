"""How the answers to a form spread over its choices; test answers and answers put aside do not count."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from forms_builder.fields.consent import AGREED
from forms_builder.models import Answer, Submission
from forms_builder.questions.question import Choice, Question

CHOSEN = ("single", "multiple", "consent")


@dataclass(frozen=True)
class Bar:
    """``percent`` of those who answered the question."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True)
class Figure:
    question: Question
    answered: int
    bars: Sequence[Bar]


def build_figures(
    questions: Sequence[Question], submissions: QuerySet[Submission]
) -> list[Figure]:
    """Return a figure for each question with choices, in two statements for all of them."""
    asked = [each for each in questions if each.kind in CHOSEN]
    if not asked:
        return []
    rows = Answer.objects.filter(
        submission__in=submissions.values("pk"),
        question__in=[each.id for each in asked],
        part="",
        kept=False,
    )
    people = dict(
        rows.values_list("question").annotate(n=Count("submission", distinct=True))
    )
    counts = {
        (question, key): (count, label)
        for question, key, count, label in count_choices(rows)
    }
    return [draw_figure(each, people.get(each.id, 0), counts) for each in asked]


def count_choices(rows: QuerySet[Answer]) -> list[tuple[str, str, int, str]]:
    """Return question, choice, count and one of its labels."""
    found = rows.values_list("question", "key").annotate(n=Count("pk"), l=Max("text"))
    return list(found)


def draw_figure(
    question: Question,
    answered: int,
    counts: dict[tuple[str, str], tuple[int, str]],
) -> Figure:
    """Draw the choices in the form's order; those that it no longer offers come last."""
    choices = list(question.choices)
    if question.kind == "consent":
        choices = [Choice(AGREED, _("同意する"))]
    offered = {each.id for each in choices}
    choices += [
        Choice(key, label)
        for (of, key), (_count, label) in counts.items()
        if of == question.id and key not in offered
    ]
    bars = []
    for each in choices:
        count = counts.get((question.id, each.id), (0, ""))[0]
        bars.append(
            Bar(each.label, count, round(100 * count / answered) if answered else 0)
        )
    return Figure(question, answered, bars)
