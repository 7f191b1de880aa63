"""Create, change, open and close forms."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from forms_builder.models import Field, Form, FormTag
from forms_builder.screens.preview_model import Question
from members.models import Tag
from messaging.models import LineAccount
from operators import audit

# Beyond every real position, so that questions can change places without meeting (position is unique in a form).
ASIDE = 1000


@transaction.atomic
def create_form(
    account: LineAccount,
    questions: Sequence[Question],
    add: Iterable[Tag],
    remove: Iterable[Tag],
    **texts: Any,
) -> Form:
    """Create a form, open at once; ``texts``: name, title, intro, thanks."""
    form = Form.objects.create(account=account, **texts)
    arrange_questions(form, questions)
    put_tags(form, add, remove)
    audit.record_action("form.made", form)
    return form


@transaction.atomic
def change_form(
    form: Form,
    account: LineAccount,
    questions: Sequence[Question],
    add: Iterable[Tag],
    remove: Iterable[Tag],
    **texts: Any,
) -> None:
    """Change everything of the form at once.

    A question that stays has the same row as before, so open pages can still be sent.
    """
    Form.objects.filter(pk=form.pk).update(account=account, **texts)
    arrange_questions(form, questions)
    put_tags(form, add, remove)
    audit.record_action("form.changed", form)


@transaction.atomic
def switch_form(form: Form, is_open: bool) -> None:
    """Switch the form between 受付停止 and 受付再開."""
    Form.objects.filter(pk=form.pk).update(is_open=is_open)
    audit.record_action("form.opened" if is_open else "form.closed", form)


def arrange_questions(form: Form, questions: Sequence[Question]) -> None:
    form.fields.exclude(pk__in=[each.pk for each in questions if each.pk]).delete()
    form.fields.update(position=F("position") + ASIDE)
    for position, each in enumerate(questions, start=1):
        values = {
            "kind": each.kind,
            "label": each.label,
            "is_required": each.is_required,
            "position": position,
        }
        if not each.pk or not Field.objects.filter(form=form, pk=each.pk).update(
            **values
        ):
            Field.objects.create(form=form, **values)


def put_tags(form: Form, add: Iterable[Tag], remove: Iterable[Tag]) -> None:
    form.form_tags.all().delete()
    FormTag.objects.bulk_create(
        [FormTag(form=form, tag=tag) for tag in add]
        + [FormTag(form=form, tag=tag, removes=True) for tag in remove]
    )
