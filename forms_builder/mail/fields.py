"""Merge fields of a form's mail: what it can say of an answer, named as the operator reads it."""

import re
from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from forms_builder.answers.read import Answered
from forms_builder.models import Submission
from forms_builder.questions.question import Question

FIELD = re.compile(r"\{([^{}\n]{1,100})\}")
# Of every form; the others are the labels of its questions.
FORM, RECEIVED, ALL = "フォーム名", "受付日時", "回答内容"
# The question that a mail begins with where a form asks it, and how.
NAME, GREETING = "お名前", "{お名前} 様\n\n"
# A brace that a customer typed must not become a field of the mail.
NO_BRACES = str.maketrans("{}", "｛｝")


def list_field_names(questions: Iterable[Question]) -> list[str]:
    """Return the names that the mail of a form with these questions may use."""
    labels = [each.label for each in questions if FIELD.fullmatch(f"{{{each.label}}}")]
    return [FORM, RECEIVED, ALL, *dict.fromkeys(labels)]


def list_unknown_fields(text: str, names: Iterable[str]) -> list[str]:
    known = set(names)
    return [each for each in dict.fromkeys(FIELD.findall(text)) if each not in known]


def build_values(
    submission: Submission, answered: Sequence[Answered]
) -> dict[str, str]:
    """Return what each field says of this answer; of two questions with one label the first answered one counts."""
    given = [each for each in answered if each.question.type.in_public]
    texts = [(each.question.label, write_answer(each)) for each in given]
    received = timezone.localtime(submission.received_at)
    values = {
        FORM: submission.version.title,
        RECEIVED: received.strftime("%Y/%m/%d %H:%M"),
        ALL: "\n".join(f"{label}：{text}" for label, text in texts if text),
    }
    for label, text in texts:
        if not values.get(label):
            values[label] = text.translate(NO_BRACES)
    values[ALL] = values[ALL].translate(NO_BRACES)
    return values


def write_answer(answered: Answered) -> str:
    if answered.kept:
        return _("ご登録の内容から変更なし")
    return answered.text


def fill_mail_fields(text: str, values: Mapping[str, str]) -> str:
    """Fill the fields in; one whose question is gone says nothing."""
    return FIELD.sub(lambda found: values.get(found[1], ""), text)


def rename_fields(text: str, renamed: Mapping[str, str]) -> str:
    """Return the text with the fields of questions that got another label."""
    return FIELD.sub(lambda found: f"{{{renamed.get(found[1], found[1])}}}", text)
