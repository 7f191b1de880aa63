"""Answers as rows."""

from collections.abc import Sequence

from forms_builder.answers.read import Answered
from forms_builder.models import Answer, Submission
from forms_builder.questions.base import LONGEST_KEY, Value
from members.normalize.names import normalize_label


def store_answers(submission: Submission, answered: Sequence[Answered]) -> None:
    """Store a row for each piece of each answer; a question left blank has none."""
    rows = []
    for each in answered:
        if each.kept:
            rows.append(
                Answer(submission=submission, question=each.question.id, kept=True)
            )
        rows += [build_row(submission, each.question.id, one) for one in each.values]
    Answer.objects.bulk_create(rows)


def build_row(submission: Submission, question: str, value: Value) -> Answer:
    return Answer(
        submission=submission,
        question=question,
        part=value.part,
        text=value.text,
        key=value.choice or normalize_label(value.text[:500])[:LONGEST_KEY],
        number=value.number,
        date=value.date,
        is_signed=value.is_signed,
    )
