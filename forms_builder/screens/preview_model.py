"""A form as it would look, from the table or from an editor nobody has saved yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from forms_builder.models import Field, Form
from forms_builder.public.answer_form import HELP


@dataclass(frozen=True)
class Question:
    """``pk`` is 0 for a question that is not stored yet."""

    kind: str
    label: str
    is_required: bool = True
    pk: int = 0

    @property
    def kind_label(self) -> str:
        return str(Field.Kind(self.kind).label)

    @property
    def help_text(self) -> str:
        return str(HELP.get(Field.Kind(self.kind), ""))


@dataclass(frozen=True)
class Sketch:
    title: str
    intro: str
    questions: Sequence[Question]


def build_sketch(form: Form) -> Sketch:
    return Sketch(form.title, form.intro, list_questions(form))


def list_questions(form: Form) -> list[Question]:
    return [
        Question(each.kind, each.label, each.is_required, each.pk)
        for each in form.fields.in_order()
    ]


def list_default_questions() -> list[Question]:
    """Return the default questions of an identity form."""
    return [
        Question(Field.Kind.NAME, str(Field.Kind.NAME.label)),
        Question(Field.Kind.PHONE, str(Field.Kind.PHONE.label)),
        Question(Field.Kind.EMAIL, str(Field.Kind.EMAIL.label), is_required=False),
    ]
