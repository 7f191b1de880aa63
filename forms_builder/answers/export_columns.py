"""Answers as columns of an exported file: of each form the newest answer of a member; test answers do not count."""

import json
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import F, Prefetch
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from forms_builder.models import Field, Form, Submission
from members.attributes import file_values as values
from members.attributes.file_joins import Join
from members.attributes.member_field import Column

ANSWERS = f"""SELECT {{distinct}} s.received_at, s.answers FROM {Submission._meta.db_table} s
WHERE s.tenant_id = %s AND s.form_id = %s AND NOT s.is_test {{of}} s.received_at DESC, s.id DESC"""
OF_ONE = ANSWERS.format(distinct="", of="AND s.member_id = r.id ORDER BY") + " LIMIT 1"
OF_ALL = ANSWERS.format(
    distinct="DISTINCT ON (s.member_id) s.member_id,", of="ORDER BY s.member_id,"
)

# A form has one question of a kind, except lines of text: those are found by their question, whose label may have
# changed since. Legacy answers name no question, only its label.
BY_KIND = "$[*] ? (@.kind == $kind)"
BY_FIELD = "$[*] ? (@.field == $field || (@.kind == $kind && @.label == $label && (!exists(@.field) || @.field == 0)))"
# What the customer left as it was is the member's own value.
OWN: dict[str, Callable[[], Combinable]] = {
    Field.Kind.NAME: lambda: F("name"),
    Field.Kind.PHONE: values.build_phone_text,
    Field.Kind.EMAIL: lambda: F("email"),
}
LEFT_UNCHANGED = "$[*] ? (@.kind == $kind && @.kept == true)"


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
        f"answer:{form.public_id}:at", _("回答日時"), values.build_empty_text, group=form.name, join=newest,
        cell=f"to_char(timezone(%s, {alias}.received_at), 'YYYY/MM/DD HH24:MI')", params=(settings.TIME_ZONE,),
    )  # fmt: skip
    for field in form.fields.all():
        yield build_field_column(form, field, alias, newest)


def build_field_column(
    form: Form, field: Field, alias: str, newest: Callable[[], Join]
) -> Column:
    name = f"answer:{form.public_id}:{field.input_name}"
    asked = json.dumps({"field": field.pk, "kind": field.kind, "label": field.label})
    path = BY_FIELD if field.kind == Field.Kind.TEXT else BY_KIND
    cell = f"jsonb_path_query_first({alias}.answers, %s, %s) ->> 'value'"
    params: tuple[str, ...] = (path, asked)
    if own := OWN.get(field.kind):
        cell = f"CASE WHEN jsonb_path_exists({alias}.answers, %s, %s) THEN {{value}} ELSE {cell} END"
        params = (LEFT_UNCHANGED, asked, path, asked)
    return Column(
        name,
        field.label,
        own or values.build_empty_text,
        group=form.name,
        join=newest,
        cell=cell,
        params=params,
    )
