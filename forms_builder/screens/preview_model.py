"""A form as it would look, from the table or from an editor nobody has saved yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from forms_builder.models import Form
from forms_builder.questions.question import Question
from forms_builder.questions.registry import get_kind


@dataclass(frozen=True)
class Sketch:
    title: str
    intro: str
    questions: Sequence[Question]

    @property
    def shown(self) -> list[tuple[Question, str]]:
        """The questions that people see, each with when it is shown in words, "" for always."""
        return [
            (each, describe_condition(each, self.questions))
            for each in self.questions
            if each.type.in_public
        ]


def describe_condition(question: Question, all_of_them: Sequence[Question]) -> str:
    """Return 「お届け」が「変更する」のとき, or ""."""
    asked, choices = question.awaited
    other = next((each for each in all_of_them if each.id == asked and asked), None)
    if not other:
        return ""
    labels = {each.id: each.label for each in other.choices}
    answer = labels.get(choices[0], _("同意する")) if choices else ""
    words = _("「%(question)s」が「%(answer)s」のとき")
    return words % {"question": other.label, "answer": answer}


def build_sketch(form: Form) -> Sketch:
    return Sketch(form.title, form.intro, list_questions(form))


def list_questions(form: Form) -> list[Question]:
    return [each.as_question() for each in form.fields.in_order()]


def list_default_questions() -> list[Question]:
    """Return the default questions of an identity form."""
    return [
        Question("name", str(get_kind("name").label)),
        Question("phone", str(get_kind("phone").label)),
        Question("email", str(get_kind("email").label), is_required=False),
    ]
