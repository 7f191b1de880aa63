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
from members.valuelists.cleanup import tidy_later
from members.valuelists.files import decoded
from members.valuelists.lookup import SOURCES, Source, look_up, register_source
from members.valuelists.parse import parse
from operators import audit

__all__ = [
    "SOURCES",
    "Source",
    "decoded",
    "has_value",
    "in_list",
    "make_list",
    "register_source",
]
FRESH = dt.timedelta(minutes=10)
# The counts shown of a short list may be this old; its members are looked up again each time.
TOLD = dt.timedelta(minutes=1)


# ---------------------------------------------------------------- keeping one
@transaction.atomic
def make_list(text: str, field: str = ValueList.Field.EMAIL) -> ValueList:
    """Store the values of a text, and look up the members whom they find."""
    parsed = parse(text, field)
    if not parsed.keys:
        raise ValidationError(nothing_usable(field), code="empty")
    values = ValueList.objects.create(
        field=field,
        given=parsed.given,
        duplicate=parsed.duplicate,
        invalid=parsed.invalid,
    )
    ValueListText.objects.create(
        list=values, keys="\n".join(parsed.keys), wrong="\n".join(parsed.wrong)
    )
    look_up(values)
    tidy_later()
    audit.record("value_list.made", values, given=parsed.given)
    return values


def nothing_usable(field: str) -> str:
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
def has_value(field: str, key: str) -> Q:
    """Return the Q for members who have a value that is in the list with this random key.

    The values are the members' own and those that other apps registered.
    """
    values = ValueList.objects.filter(public_id=key).first()
    if not values or field not in SOURCES:
        return Q(pk__in=[])
    if values.usable > lookup.FEW and field == values.field:
        refresh(values)
        return Q(
            pk__in=ValueListMember.objects.filter(list_id=values.pk).values("member_id")
        )
    first, *others = (
        source.filled()
        .filter(**{f"{source.key}__in": wanted(values)})
        .values(source.member)
        for source in SOURCES[field]
    )
    return Q(pk__in=first.union(*others) if others else first)


def in_list(column: str, key: str) -> Q:
    """Return the Q for rows whose column, such as ``text`` of AttributeValue, equals a value of the list."""
    values = ValueList.objects.filter(public_id=key).first()
    return Q((f"{column}__in", wanted(values))) if values else Q(pk__in=[])


def entries(key: str) -> QuerySet[Any]:
    """Return a row for each value of the list, as ``value``."""
    return each(ValueListText.objects.filter(list__public_id=key), "keys")


def wanted(values: ValueList) -> QuerySet[Any]:
    """Return the values as a subquery."""
    return each(ValueListText.objects.filter(list_id=values.pk), "keys").values("value")


def each(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    lines = Func(
        F(column), Value("\n"), function="string_to_array", output_field=TextField()
    )
    return rows.annotate(value=Func(lines, function="unnest", output_field=TextField()))


def refresh(values: ValueList, oldest: dt.timedelta = FRESH) -> None:
    """Look the list up again if that was done longer ago than ``oldest``.

    It concerns the members of a long list, and the counts that are shown of any list.
    """
    if values.found_at and values.found_at > timezone.now() - oldest:
        return
    with transaction.atomic():
        locked = ValueList.objects.select_for_update().get(pk=values.pk)
        if locked.found_at == values.found_at:
            look_up(locked)


@dataclass(frozen=True)
class Report:
    """Counts of values, and of the members they found: two members may share an address."""

    given: int
    duplicate: int
    invalid: int
    matched: int
    not_found: int
    members: int


def report(values: ValueList) -> Report:
    """Return the counts as they are now: members may have come or changed since the list was pasted."""
    refresh(values, TOLD if values.usable <= lookup.FEW else FRESH)
    values.refresh_from_db()
    return Report(
        values.given, values.duplicate, values.invalid, values.matched, values.not_found, values.members
    )  # fmt: skip
