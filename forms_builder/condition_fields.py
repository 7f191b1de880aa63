"""Fields of conditions about the forms that a member answered. Test answers do not count.

「answer:<id of the question>」 asks about the newest answer of a member to one question.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forms_builder.fields.consent import AGREED
from forms_builder.models import Answer, Form, Submission
from forms_builder.models import Field as FormField
from forms_builder.questions.base import LONGEST_KEY
from forms_builder.questions.question import Question
from forms_builder.questions.registry import list_kinds
from members.attributes.personal import PERSONAL
from members.conditions.fields.basics import build_choice_ways
from members.conditions.kinds.base import KEY, Text
from members.conditions.kinds.choices import Choices, ChoicesWithin
from members.conditions.kinds.days import (
    DATE_WAYS,
    build_empty_ways,
    build_period_q,
    get_day_start,
    resolve_day,
)
from members.conditions.kinds.numbers import build_number_q, build_number_ways
from members.conditions.registry import Field, FieldFamily, Way
from members.conditions.search import get_search_text
from members.normalize.names import normalize_label

GROUP = _("フォーム")
NEGATIVE = {"not_in": "in"}


def list_form_choices() -> Iterable[tuple[str, str]]:
    return Form.objects.order_by("name", "pk").values_list("public_id", "name")


def compile_form(op: str, value: Any) -> Q:
    recent = isinstance(value, dict)
    answers = Submission.objects.filter(
        member_id=OuterRef("pk"),
        is_test=False,
        form__public_id__in=value["of"] if recent else value,
    )
    if recent:
        answers = answers.filter(
            received_at__gte=get_day_start(resolve_day({"days": -value["days"]}))
        )
    found = Q(Exists(answers))
    return found if op == "in" else ~found


EVER, RECENTLY = Choices(list_form_choices), ChoicesWithin(list_form_choices)
ANSWERED = Field(
    "form",
    _("フォーム"),
    GROUP,
    (
        Way("in", _("いずれかに回答した"), EVER, _("%(value)sに回答した")),
        Way(
            "not_in", _("どれにも回答していない"), EVER, _("%(value)sに回答していない")
        ),
        Way("in", _("過去◯日以内に回答した"), RECENTLY, _("%(value)sに回答した")),
        Way(
            "not_in",
            _("過去◯日以内に回答していない"),
            RECENTLY,
            _("%(value)sに回答していない"),
        ),
    ),
    compile_form,
)


# ---------------------------------------------------------------- the answer to one question
def select_newest_answers(question: str) -> QuerySet[Answer]:
    """Select the answer of each member to the question that no later one of the same member follows."""
    answers = Answer.objects.filter(
        question=question,
        part="",
        kept=False,
        submission__member=OuterRef("pk"),
        submission__is_test=False,
    )
    later = Answer.objects.filter(
        question=question,
        part="",
        kept=False,
        submission__member=OuterRef("submission__member"),
        submission__is_test=False,
        submission__received_at__gt=OuterRef("submission__received_at"),
    )
    return answers.filter(~Exists(later))


def build_choice_lines(question: Question) -> tuple[Way, ...]:
    pairs = [(each.id, each.label) for each in question.choices]
    kind = Choices(lambda: pairs or [(AGREED, gettext("同意する"))])
    return (*build_choice_ways(kind), *build_empty_ways(_("未回答"), _("回答あり")))


def build_text_lines(question: Question) -> tuple[Way, ...]:
    same = Way("equals", _("次の言葉と同じ"), Text(), _("%(value)sと同じ"))
    return (same, *build_empty_ways(_("未回答"), _("回答あり")))


def compile_text(op: str, value: Any) -> Q:
    return Q(key=normalize_label(get_search_text(value))[:LONGEST_KEY])


@dataclass(frozen=True)
class Family:
    """How questions are asked about: the lines of the builder, and what each asks of a row of ``Answer``."""

    ways: Callable[[Question], tuple[Way, ...]]
    compile: Callable[[str, Any], Q]


# By FieldKind.asked_as.
FAMILIES: dict[str, Family] = {
    "choice": Family(build_choice_lines, lambda op, value: Q(key__in=value)),
    "text": Family(build_text_lines, compile_text),
    "number": Family(
        lambda question: build_number_ways(str(question.settings.get("unit", ""))),
        lambda op, value: build_number_q("number", op, value),
    ),
    "date": Family(
        lambda question: (
            *DATE_WAYS,
            *build_empty_ways(_("未回答"), _("回答あり")),
        ),
        lambda op, value: build_period_q("date", op, value, moments=False),
    ),
}


def build_answer_field(row: FormField) -> Field:
    """Build the field of one question. Who never answered it fits 未回答 and the negative operators, nothing else."""
    question = row.as_question()
    family = FAMILIES[question.type.asked_as]

    def compiled(op: str, value: Any) -> Q:
        answers = select_newest_answers(question.id)
        if op in ("empty", "filled"):
            found = Q(Exists(answers))
            return found if op == "filled" else ~found
        positive = NEGATIVE.get(op)
        found = Q(Exists(answers.filter(family.compile(positive or op, value))))
        return ~found if positive else found

    label = gettext("%(form)s：%(label)s") % {
        "form": row.form.name,
        "label": row.label,
    }
    return Field(
        f"answer:{question.id}",
        label,
        _("フォームの回答"),
        family.ways(question),
        compiled,
        personal=question.kind in PERSONAL,
    )


def select_questions() -> QuerySet[FormField]:
    asked = [key for key, kind in list_kinds().items() if kind.asked_as]
    return (
        FormField.objects.filter(kind__in=asked)
        .select_related("form", "attribute")
        .order_by("form__name", "form_id", "position")
    )


def resolve_question(public_id: str) -> Field | None:
    row = (
        select_questions().filter(public_id=public_id).first()
        if KEY.fullmatch(public_id)
        else None
    )
    return build_answer_field(row) if row else None


QUESTIONS = FieldFamily(
    "answer",
    resolve_question,
    lambda: [build_answer_field(row) for row in select_questions()],
)
