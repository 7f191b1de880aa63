"""Values of attributes (会員情報項目) on any number of members, in one statement.

A value has no foreign keys in the database: whoever sets one holds the shop's shared lock, as tagging does.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection, transaction
from django.db.models import CharField, DateField, Field, FloatField, Q, QuerySet, Value
from django.utils.translation import gettext as _

from members.db import lock_links_shared
from members.models import Attribute, AttributeValue, Member
from members.normalize.birthdays import Birthday, parse_birthday
from members.normalize.dates import is_blank_day, parse_day
from members.normalize.keys import (
    clean_email,
    clean_kept_text,
    clean_name,
    clean_phone,
    normalize_label,
    normalize_text,
)
from operators import audit

ParsedValue = str | float | dt.date | Birthday | None
LONGEST_TEXT = 500
# What people write around a number: ￥1,200円 is 1200.
NUMBER_NOISE = str.maketrans("", "", ",，¥\\ 　")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
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
    if attribute.system in SYSTEM_PARSERS:
        return SYSTEM_PARSERS[attribute.system](text)
    typed = clean_kept_text(text)
    return PARSERS[attribute.kind](attribute, typed) if normalize_text(typed) else None


def _parse_text(attribute: Attribute, typed: str) -> str:
    if len(typed) > LONGEST_TEXT:
        words = _(
            "%(most)s文字を超えています（%(given)s文字）。%(most)s文字以内にしてください。"
        )
        raise ValidationError(
            words % {"most": LONGEST_TEXT, "given": len(typed)}, code="max_length"
        )
    return typed


def _parse_number(attribute: Attribute, typed: str) -> float:
    cleaned = (
        normalize_text(typed)
        .translate(NUMBER_NOISE)
        .replace("−", "-")
        .removesuffix("円")
    )
    number = (
        float(cleaned) if len(cleaned) <= 40 and NUMBER.fullmatch(cleaned) else math.inf
    )
    if not abs(number) < 1e15:
        raise ValidationError(
            _(
                "数値として読み取れません。「1200」や「-3.5」のように、15桁までの数字だけで入力してください。"
            ),
            code="number",
        )
    return number


def _parse_date(attribute: Attribute, typed: str) -> dt.date | None:
    if is_blank_day(typed):
        return None
    day = parse_day(typed)
    if day is None:
        raise ValidationError(
            _(
                "日付として読み取れません。「2026/11/22」の形で、実在する日付を入力してください。"
            ),
            code="date",
        )
    return day


def _parse_choice(attribute: Attribute, typed: str) -> str:
    """Return one of the attribute's choices as it is written there; width and case do not matter."""
    found = {normalize_label(choice): choice for choice in attribute.choices}.get(
        normalize_label(typed)
    )
    if found is None:
        words = _("選択肢にない値です。次のどれかを入力してください：%(choices)s")
        raise ValidationError(
            words % {"choices": _("、").join(attribute.choices)}, code="choice"
        )
    return str(found)


def _parse_name(text: str) -> str:
    name = clean_name(text)
    if len(name) > 200:
        raise ValidationError(
            _("氏名が長すぎます。200文字以内で入力してください。"), code="max_length"
        )
    return name


PARSERS: dict[str, Callable[[Attribute, str], ParsedValue]] = {
    "text": _parse_text,
    "number": _parse_number,
    "date": _parse_date,
    "choice": _parse_choice,
}
SYSTEM_PARSERS: dict[str, Callable[[str], ParsedValue]] = {
    "birthday": parse_birthday,
    "name": _parse_name,
    "email": clean_email,
    "phone": clean_phone,
}


def _build_value_columns(attribute: Attribute, value: ParsedValue) -> dict[str, Any]:
    """Return the columns of AttributeValue for a value that ``parse_attribute_value`` returned.

    Not for system attributes, nor for None.
    """
    columns: dict[str, Any] = {"text": "", "number": None, "date": None}
    column = "text" if attribute.kind == Attribute.Kind.CHOICE else attribute.kind
    return columns | {column: value}


# ---------------------------------------------------------------- set
@transaction.atomic
def set_attribute_value(
    attribute: Attribute, members: QuerySet[Member], text: str
) -> int:
    """Give all ``members`` the value that the text means; '' removes it. Return how many were changed.

    Of the system attributes only 生年月日 is set this way: names and contacts come from answers. Raise ValidationError.
    """
    lock_links_shared()
    attribute = _reload_attribute(attribute)
    value = parse_attribute_value(attribute, text)
    if attribute.system:
        if not isinstance(value, Birthday):
            raise ValueError(
                f"“{attribute.system}” is set by an answer (members/identity/answers.py)."
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
    if attribute.system:
        same = (
            Q(birthday=value.birthday, birth_md=value.birth_md)
            if isinstance(value, Birthday)
            else Q()
        )
        return members.exclude(birth_md=None).filter(same).count()
    rows = AttributeValue.objects.filter(
        attribute=attribute, member__in=members.order_by().values("pk")
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
