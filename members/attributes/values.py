"""Values of attributes (会員情報項目) on any number of members, in one statement.

A value has no foreign keys in the database: whoever sets one holds the shop's shared lock, as tagging does.
"""

import datetime as dt
from typing import Any, cast

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection, transaction
from django.db.models import CharField, DateField, Field, FloatField, Q, QuerySet, Value
from django.utils.translation import gettext as _

from members.attributes.definitions import store_system_attributes
from members.attributes.kinds import get_kind
from members.attributes.member_fields import FIELDS
from members.db import lock_links_shared
from members.models import Attribute, AttributeValue, Member
from members.normalize.birthdays import Birthday
from members.normalize.text import clean_typed_text, normalize_text
from operators import audit

ParsedValue = str | float | dt.date | Birthday | None
VALUE_COLUMNS: dict[str, "Field[Any, Any]"] = {
    "text": CharField(),
    "number": FloatField(),
    "date": DateField(),
}
UPSERT = """
INSERT INTO members_attributevalue AS v (tenant_id, attribute_id, member_id, text, number, date) {chosen}
ON CONFLICT (tenant_id, attribute_id, member_id) DO UPDATE SET text = excluded.text, number = excluded.number,
    date = excluded.date
WHERE (v.text, v.number, v.date) IS DISTINCT FROM (excluded.text, excluded.number, excluded.date)
"""


# ---------------------------------------------------------------- what was typed
def parse_attribute_value(attribute: Attribute, text: str) -> ParsedValue:
    """Return the value that the text means for the attribute: str, float, date, Birthday, or None for blank text.

    The text may be typed in any width. Raise ValidationError, whose message names the cause and the remedy.
    """
    field = FIELDS.get(attribute.column)
    if field and field.parse:
        return cast("ParsedValue", field.parse(text))
    typed = clean_typed_text(text)
    return (
        get_kind(attribute).parse(attribute, typed) if normalize_text(typed) else None
    )


def _build_value_columns(attribute: Attribute, value: ParsedValue) -> dict[str, Any]:
    """Return the columns of AttributeValue for a value that ``parse_attribute_value`` returned.

    Not for system attributes, nor for None.
    """
    columns: dict[str, Any] = {"text": "", "number": None, "date": None}
    return columns | {get_kind(attribute).column: value}


# ---------------------------------------------------------------- set
@transaction.atomic
def set_attribute_value(
    attribute: Attribute, members: QuerySet[Member], text: str
) -> int:
    """Give all ``members`` the value that the text means; '' removes it. Return how many were changed.

    Of the columns only 生年月日 is set this way: names and contacts come from answers. Raise ValidationError.
    """
    lock_links_shared()
    attribute = _reload_attribute(attribute)
    value = parse_attribute_value(attribute, text)
    if attribute.column:
        if not isinstance(value, Birthday):
            raise ValueError(
                f"“{attribute.column}” is set by an answer (members/identity/answers.py)."
            )
        changed = _update_birthdays(members, value)
    else:
        changed = (
            _write_values(attribute, members, value)
            if value is not None
            else _delete_values(attribute, members)
        )
    audit.record_action(
        "member.attribute_set",
        attribute,
        count=changed,
        emptied=not normalize_text(text),
    )
    return changed


def _reload_attribute(attribute: Attribute) -> Attribute:
    """Read the attribute again under the lock: its choices may have changed concurrently, or it may be gone.

    Raise ValidationError when it is archived or deleted.
    """
    if attribute.pk is None and not attribute.column:
        store_system_attributes()  # only a stored attribute has values
    key = {"pk": attribute.pk} if attribute.pk else {"system": attribute.system}
    now = Attribute.objects.filter(**key).first() or (
        None if attribute.pk else attribute
    )
    if now is None or now.archived_at:
        words = _(
            "項目「%(name)s」は保管または削除されました。項目を復元するか、別の項目を選んでください。"
        )
        raise ValidationError(words % {"name": attribute.label}, code="gone")
    return now


def count_members_with_value(
    attribute: Attribute, members: QuerySet[Member], value: ParsedValue = None
) -> int:
    """Count how many of ``members`` have a value of the attribute; with ``value``, how many have that one."""
    if attribute.column:
        same = (
            Q(birthday=value.birthday, birth_md=value.birth_md)
            if isinstance(value, Birthday)
            else Q()
        )
        return members.exclude(birth_md=None).filter(same).count()
    rows = AttributeValue.objects.filter(
        attribute_id=attribute.pk, member__in=members.order_by().values("pk")
    )
    return rows.filter(
        **_build_value_columns(attribute, value) if value is not None else {}
    ).count()


def _update_birthdays(members: QuerySet[Member], value: Birthday) -> int:
    same = Q(birthday=value.birthday) & Q(birth_md=value.birth_md)
    return (
        members.order_by()
        .exclude(same)
        .update(birthday=value.birthday, birth_md=value.birth_md)
    )


def _write_values(
    attribute: Attribute, members: QuerySet[Member], value: ParsedValue
) -> int:
    columns = _build_value_columns(attribute, value)
    values = [
        Value(columns[name], output_field=kind) for name, kind in VALUE_COLUMNS.items()
    ]
    chosen = members.order_by().values_list(
        "tenant_id", Value(attribute.pk), "pk", *values
    )
    try:
        sql, params = chosen.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UPSERT.format(chosen=sql), params)
        return int(cursor.rowcount)


def _delete_values(attribute: Attribute, members: QuerySet[Member]) -> int:
    ids = members.order_by().values("pk")
    return AttributeValue.objects.filter(
        attribute=attribute, member__in=ids
    )._raw_delete("default")
