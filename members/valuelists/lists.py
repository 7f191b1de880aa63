"""Lists of values that are pasted or uploaded for a condition, and the members whom they find.

The values are stored in normalized form; the list is named by a random key.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import ValueList, ValueListMember, ValueListText
from members.valuelists import lookup
from members.valuelists.cleanup import schedule_search_cleanup
from members.valuelists.files import decode_list_file
from members.valuelists.lookup import ValueSource, list_sources, look_up_list
from members.valuelists.parse import parse_value_list
from operators import audit

__all__ = [
    "ValueSource",
    "build_column_in_list_q",
    "build_value_in_list_q",
    "decode_list_file",
    "list_sources",
    "make_value_list",
]
FRESH = dt.timedelta(minutes=10)
# The counts shown of a short list may be this old; its members are looked up again each time.
REPORT_FRESH = dt.timedelta(minutes=1)


# ---------------------------------------------------------------- keeping one
@transaction.atomic
def make_value_list(text: str, field: str = ValueList.Field.EMAIL) -> ValueList:
    """Store the values of a text, and look up the members whom they find."""
    parsed = parse_value_list(text, field)
    if not parsed.keys:
        raise ValidationError(_explain_empty_list(field), code="empty")
    values = ValueList.objects.create(
        field=field,
        given=parsed.given,
        duplicate=parsed.duplicate,
        invalid=parsed.invalid,
    )
    ValueListText.objects.create(
        list=values, keys="\n".join(parsed.keys), wrong="\n".join(parsed.wrong)
    )
    look_up_list(values)
    schedule_search_cleanup()
    audit.record_action("value_list.made", values, given=parsed.given)
    return values


def _explain_empty_list(field: str) -> str:
    told = {
        ValueList.Field.EMAIL: _(
            "メールアドレスが見つかりません。カンマや改行で区切ったメールアドレスを貼り付けてください。"
        ),
        ValueList.Field.PHONE: _(
            "電話番号が見つかりません。カンマや改行で区切った電話番号を貼り付けてください。"
        ),
    }
    return told.get(
        ValueList.Field(field),
        _("値が見つかりません。カンマや改行で区切った値を貼り付けてください。"),
    )


# ---------------------------------------------------------------- asking it
def build_value_in_list_q(field: str, key: str) -> Q:
    """Return the Q for members who have a value that is in the list with this random key.

    The values are the members' own and those that other apps registered.
    """
    values = ValueList.objects.filter(public_id=key).first()
    sources = list_sources(field)
    if not values or not sources:
        return Q(pk__in=[])
    if values.usable > lookup.SHORT_LIST and field == values.field:
        refresh_value_list(values)
        return Q(
            pk__in=ValueListMember.objects.filter(list_id=values.pk).values("member_id")
        )
    first, *others = (
        source.filled()
        .filter(**{f"{source.key}__in": _select_values(values)})
        .values(source.member)
        for source in sources
    )
    return Q(pk__in=first.union(*others) if others else first)


def build_column_in_list_q(column: str, key: str) -> Q:
    """Return the Q for rows whose column, such as ``text`` of AttributeValue, equals a value of the list."""
    values = ValueList.objects.filter(public_id=key).first()
    return Q((f"{column}__in", _select_values(values))) if values else Q(pk__in=[])


def select_list_values(key: str) -> QuerySet[Any]:
    """Return a row for each value of the list, as ``value``."""
    return _split_lines(ValueListText.objects.filter(list__public_id=key), "keys")


def _select_values(values: ValueList) -> QuerySet[Any]:
    """Return the values as a subquery."""
    return _split_lines(ValueListText.objects.filter(list_id=values.pk), "keys").values(
        "value"
    )


def _split_lines(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    lines = Func(
        F(column), Value("\n"), function="string_to_array", output_field=TextField()
    )
    return rows.annotate(value=Func(lines, function="unnest", output_field=TextField()))


def refresh_value_list(values: ValueList, oldest: dt.timedelta = FRESH) -> None:
    """Look the list up again if that was done longer ago than ``oldest``.

    It concerns the members of a long list, and the counts that are shown of any list.
    """
    if values.found_at and values.found_at > timezone.now() - oldest:
        return
    with transaction.atomic():
        locked = ValueList.objects.select_for_update().get(pk=values.pk)
        if locked.found_at == values.found_at:
            look_up_list(locked)


@dataclass(frozen=True)
class ValueListReport:
    """Counts of values, and of the members they found: two members may share an address."""

    given: int
    duplicate: int
    invalid: int
    matched: int
    not_found: int
    members: int


def report_value_list(values: ValueList) -> ValueListReport:
    """Return the counts as they are now: members may have come or changed since the list was pasted."""
    refresh_value_list(
        values, REPORT_FRESH if values.usable <= lookup.SHORT_LIST else FRESH
    )
    values.refresh_from_db()
    return ValueListReport(
        values.given,
        values.duplicate,
        values.invalid,
        values.matched,
        values.not_found,
        values.members,
    )
