"""Create, change, open and close forms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from forms_builder.mail.fields import rename_fields
from forms_builder.models import Field, Form, FormMail, FormTag
from forms_builder.questions.question import (
    NOWHERE,
    OWN_ITEM,
    Question,
    build_display_condition,
)
from forms_builder.screens.preview_model import list_questions
from forms_builder.versions import store_version
from members.attributes.definitions import find_stored_attribute
from members.models import Tag
from messaging.models import LineAccount
from operators import audit
from tenants.fields import generate_public_id

BEHAVIOUR = (
    "shows",
    "external_url",
    "once_per_person",
    "allows_browser",
    "notifies",
    "notice_ways",
    "linked_tag",
    "not_found_tag",
)
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
    """Create a form, open at once; ``texts``: name, kind, title, intro, thanks."""
    form = Form.objects.create(account=account, **texts)
    arrange_questions(form, questions)
    put_tags(form, add, remove)
    store_version(form)
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
    form.refresh_from_db()
    labels = dict(form.fields.values_list("public_id", "label"))
    arrange_questions(form, questions)
    rename_mail_fields(form, labels)
    put_tags(form, add, remove)
    store_version(form)
    audit.record_action("form.changed", form)


@transaction.atomic
def copy_form(form: Form) -> Form:
    """Copy the form with its questions and tags, closed; addresses, answers and the period are its own."""
    same = ("kind", "title", "intro", "thanks", *BEHAVIOUR)
    made = Form.objects.create(
        account=form.account,
        name=_("%(name)s のコピー") % {"name": form.name[:90]},
        is_open=False,
        **{name: getattr(form, name) for name in same},
    )
    ids: dict[str, str] = {}
    questions = []
    for each in list_questions(form):
        ids[each.id] = generate_public_id()
        asked, choices = each.awaited
        shown = build_display_condition(ids[asked], choices[0]) if choices else None
        questions.append(replace(each, id=ids[each.id], shown_when=shown))
    arrange_questions(made, questions)
    put_tags(made, form.tags_to(remove=False), form.tags_to(remove=True))
    copy_mail(form, made)
    store_version(made)
    audit.record_action("form.copied", made, of=form.public_id)
    return made


def copy_mail(form: Form, made: Form) -> None:
    mail = FormMail.objects.filter(form=form).first()
    if mail:
        mail.pk, mail.form = None, made
        mail.save(force_insert=True)


@transaction.atomic
def switch_form(form: Form, is_open: bool) -> None:
    """Switch the form between 受付停止 and 受付再開."""
    Form.objects.filter(pk=form.pk).update(is_open=is_open)
    audit.record_action("form.opened" if is_open else "form.closed", form)


def rename_mail_fields(form: Form, labels: Mapping[str, str]) -> None:
    """Let the form's mail go on naming questions whose labels changed; ``labels``: those of before, by id."""
    mail = FormMail.objects.filter(form=form).first()
    now = dict(form.fields.values_list("public_id", "label"))
    renamed = {
        label: now[key] for key, label in labels.items() if now.get(key, label) != label
    }
    if mail and renamed:
        for name in ("subject", "text", "mobile"):
            setattr(mail, name, rename_fields(getattr(mail, name), renamed))
        mail.save(update_fields=["subject", "text", "mobile"])


def arrange_questions(form: Form, questions: Sequence[Question]) -> None:
    """Make these the questions of the form, in this order; one that stays keeps its row and its id."""
    form.fields.exclude(public_id__in=[each.id for each in questions]).delete()
    form.fields.update(position=F("position") + ASIDE)
    present = set(form.fields.values_list("public_id", flat=True))
    for position, each in enumerate(questions, start=1):
        values = build_columns(each) | {"position": position}
        if each.id in present:
            form.fields.filter(public_id=each.id).update(**values)
        else:
            key = {"public_id": each.id} if each.id else {}
            Field.objects.create(form=form, **key, **values)


def build_columns(question: Question) -> dict[str, Any]:
    """Return the columns of the question's row."""
    own = question.writes in (OWN_ITEM, NOWHERE)
    return {
        "kind": question.kind,
        "label": question.label,
        "help": question.help,
        "error": question.error,
        "is_required": question.is_required,
        "settings": dict(question.settings),
        "writes_item": question.writes == OWN_ITEM,
        "attribute": None if own else find_stored_attribute(question.writes),
        "shown_when": question.shown_when,
    }


def put_tags(form: Form, add: Iterable[Tag], remove: Iterable[Tag]) -> None:
    form.form_tags.all().delete()
    FormTag.objects.bulk_create(
        [FormTag(form=form, tag=tag) for tag in add]
        + [FormTag(form=form, tag=tag, removes=True) for tag in remove]
    )
