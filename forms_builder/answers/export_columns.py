"""Answers as columns of an exported file: of each form the newest answer of a member; test answers do not count."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import F, Prefetch
from django.db.models.expressions import Combinable
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forms_builder.models import Answer, Field, Form, Submission
from forms_builder.questions.question import Question
from members.attributes import file_values as values
from members.attributes.file_joins import Join
from members.attributes.member_field import Column

ANSWERS = f"""SELECT {{distinct}} s.received_at, s.id FROM {Submission._meta.db_table} s
WHERE s.tenant_id = %s AND s.form_id = %s AND NOT s.is_test {{of}} s.received_at DESC, s.id DESC"""
OF_ONE = ANSWERS.format(distinct="", of="AND s.member_id = r.id ORDER BY") + " LIMIT 1"
OF_ALL = ANSWERS.format(
    distinct="DISTINCT ON (s.member_id) s.member_id,",
    of="AND s.member_id IS NOT NULL ORDER BY s.member_id,",
)
OF_QUESTION = f"""FROM {Answer._meta.db_table} a
WHERE a.tenant_id = %s AND a.submission_id = {{alias}}.id AND a.question = %s"""
SAID = "(SELECT left(string_agg(a.text, '、' ORDER BY a.id), 30000) {of} AND a.part = %s AND NOT a.kept)"
LEFT_UNCHANGED = (
    "CASE WHEN EXISTS (SELECT {of} AND a.kept) THEN {{value}} ELSE {said} END"
)
# What the customer left as it was is the member's own value.
OWN: dict[str, Callable[[], Combinable]] = {
    "name": lambda: F("name"),
    "phone": values.build_phone_text,
    "email": lambda: F("email"),
}


def build_answer_columns() -> Iterator[Column]:
    """Yield the columns of every form of the shop, those no longer open too."""
    fields = Prefetch("fields", Field.objects.in_order())
    for form in Form.objects.order_by("name", "pk").prefetch_related(fields):
        yield from build_form_columns(form)


def build_form_columns(form: Form) -> Iterator[Column]:
    alias = f"answers_{form.pk}"

    def newest() -> Join:
        return Join(alias, OF_ONE, OF_ALL, (form.tenant_id, form.pk))

    yield Column(
        f"answer:{form.public_id}:at",
        _("回答日時"),
        values.build_empty_text,
        group=form.name,
        join=newest,
        cell=f"to_char(timezone(%s, {alias}.received_at), 'YYYY/MM/DD HH24:MI')",
        params=(settings.TIME_ZONE,),
    )
    for field in form.fields.all():
        question = field.as_question()
        yield build_question_column(form, question, "", alias, newest)
        if question.settings.get("kana"):
            yield build_question_column(form, question, "kana", alias, newest)


def build_question_column(
    form: Form, question: Question, part: str, alias: str, newest: Callable[[], Join]
) -> Column:
    name = f"answer:{form.public_id}:{question.input_name}{'_' if part else ''}{part}"
    of, key = OF_QUESTION.format(alias=alias), (form.tenant_id, question.id)
    cell = SAID.format(of=of)
    params: tuple[Any, ...] = (*key, part)
    own = OWN.get(question.kind) if not part else None
    if own:
        cell = LEFT_UNCHANGED.format(of=of, said=cell)
        params = (*key, *params)
    return Column(
        name,
        gettext("%(label)s（フリガナ）") % {"label": question.label}
        if part
        else question.label,
        own or values.build_empty_text,
        group=form.name,
        join=newest,
        cell=cell,
        params=params,
    )
