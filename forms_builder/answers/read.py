"""Answers as they are read: the one way from the rows of a submission to its questions and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.models import Answer, Submission
from forms_builder.questions.base import Value
from forms_builder.questions.question import Question

PART_LABELS = {"kana": gettext_lazy("フリガナ")}


@dataclass(frozen=True)
class Answered:
    """A question and its answer. ``kept``: the value known before was left as it is; there are no values then."""

    question: Question
    values: Sequence[Value] = ()
    kept: bool = False

    @property
    def text(self) -> str:
        """The answer in one line, without its other pieces; "" for none."""
        return self.question.type.show(self.values)

    @property
    def masked(self) -> str:
        return self.question.type.mask(self.text) if self.text else ""

    @property
    def origin(self) -> str:
        """Say of a value that a link carried whether it is certain; "" for what was typed."""
        if "param" not in self.question.settings or not self.values:
            return ""
        signed = all(each.is_signed for each in self.values)
        return _("リンクの値（確認済み）") if signed else _("リンクの値（未確認）")

    @property
    def others(self) -> list[tuple[str, str]]:
        """Pieces beside the answer itself, such as a reading: pairs of label and text."""
        return [
            (str(PART_LABELS.get(each.part, each.part)), each.text)
            for each in self.values
            if each.part
        ]


def list_answered(submission: Submission) -> list[Answered]:
    """Return every question of the submission's version with its answer, in the form's order.

    Questions that did not apply, or were left blank, have no values.
    """
    rows: dict[str, list[Answer]] = {}
    for row in sorted(submission.answers.all(), key=lambda row: row.pk):
        rows.setdefault(row.question, []).append(row)
    return [
        Answered(
            question,
            [build_value(row) for row in rows.get(question.id, []) if not row.kept],
            any(row.kept for row in rows.get(question.id, [])),
        )
        for question in submission.version.questions
    ]


def list_given(submission: Submission) -> list[Answered]:
    """Return the questions that were answered."""
    return [each for each in list_answered(submission) if each.values or each.kept]


def build_value(row: Answer) -> Value:
    return Value(row.text, row.part, row.key, row.number, row.date, row.is_signed)
