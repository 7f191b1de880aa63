"""Lists of values pasted or uploaded for a condition: normalised, kept, named by a random key, and whom they find."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member, ValueList, ValueListMember, ValueListText
from members.reading_files import decoded
from members.reading_values import parse
from members.tidying import tidy_later
from tenants import audit
from tenants.scope import current_tenant_id

__all__ = ["SOURCES", "Source", "decoded", "has_value", "in_list", "make_list", "register_source"]
# Up to here a list is compared with the members whenever it is asked; the members of a longer one are looked up
# beforehand and kept.
FEW = 5_000
FRESH = dt.timedelta(minutes=10)
# The values stand in the statement itself: only so the planner knows how many they are.
LOOK_UP = """
WITH wanted AS MATERIALIZED (
    SELECT value, place FROM unnest(string_to_array(%(values)s, E'\\n')) WITH ORDINALITY AS u(value, place)),
hits AS MATERIALIZED ({hits}){kept}
SELECT (SELECT count({members}),
       (SELECT string_agg(value, E'\\n') FROM wanted w WHERE NOT EXISTS (SELECT FROM hits h WHERE h.place = w.place))
"""
HITS = "SELECT w.place, s.member_id FROM wanted w JOIN ({source}) s(value, member_id) USING (value)"
KEPT = """,
kept AS (INSERT INTO members_valuelistmember (tenant_id, list_id, member_id)
SELECT %(tenant)s::bigint, %(list)s::bigint, member_id FROM (SELECT DISTINCT member_id FROM hits ORDER BY 1) found
RETURNING 1)"""


@dataclass(frozen=True)
class Source:
    """Values of members, their own or kept by another app: rows with a member and a key, such as linked customers of a
    cart."""

    rows: Callable[[], QuerySet]
    member: str
    key: str

    def filled(self) -> QuerySet:
        """Without the empty keys, which no index has."""
        return self.rows().filter(**{f"{self.member}__isnull": False}).exclude(**{self.key: ""}).order_by()


def of_members(column: str) -> Source:
    return Source(lambda: Member.objects.all(), "pk", column)


SOURCES: dict[str, list[Source]] = {
    ValueList.Field.EMAIL: [of_members("email_key")],
    ValueList.Field.PHONE: [of_members("phone_e164")],
    ValueList.Field.MEMBER: [of_members("public_id")],
    ValueList.Field.NAME: [of_members("name_key")],
}


def register_source(field: str, source: Source) -> None:
    """Members are found by these values too, from now on."""
    SOURCES.setdefault(field, []).append(source)


# ---------------------------------------------------------------- keeping one
@transaction.atomic
def make_list(text: str, field: str = ValueList.Field.EMAIL) -> ValueList:
    """Keep the values of a text, and look up whom they find."""
    parsed = parse(text, field)
    if not parsed.keys:
        raise ValidationError(nothing_usable(field), code="empty")
    values = ValueList.objects.create(
        field=field, given=parsed.given, duplicate=parsed.duplicate, invalid=parsed.invalid
    )
    kept = ValueListText(list=values, keys="\n".join(parsed.keys), wrong="\n".join(parsed.wrong))
    look_up(values, kept)
    kept.save(force_insert=True)
    tidy_later()
    audit.record("value_list.made", values, given=parsed.given)
    return values


def nothing_usable(field: str) -> str:
    told = {
        ValueList.Field.EMAIL: _(
            "メールアドレスが見つかりません。カンマや改行で区切ったメールアドレスを貼り付けてください。"
        ),
        ValueList.Field.PHONE: _("電話番号が見つかりません。カンマや改行で区切った電話番号を貼り付けてください。"),
    }
    return told.get(ValueList.Field(field), _("値が見つかりません。カンマや改行で区切った値を貼り付けてください。"))


def look_up(values: ValueList, kept: ValueListText) -> None:
    """Count what is found and what is not; for a long list also keep the members. Sets the fields, saves the list."""
    long, sources = values.usable > FEW, SOURCES.get(values.field, [])
    if sources:
        ValueListMember.objects.filter(list=values)._raw_delete("default")
        values.members, missing = asked(values, kept.keys, sources, long)
        kept.missing = missing or ""
        values.matched = values.usable - (missing.count("\n") + 1 if missing else 0)
    values.found_at = timezone.now()
    values.save(update_fields=["members", "matched", "found_at"])


def asked(values: ValueList, text: str, sources: list[Source], long: bool) -> tuple[int, str | None]:
    hits: list[str] = []
    params: dict[str, Any] = {"values": text, "tenant": current_tenant_id(), "list": values.pk}
    for number, source in enumerate(sources):
        sql, given = source.filled().values_list(source.key, source.member).query.sql_with_params()
        names = [f"p{number}_{place}" for place in range(len(given))]
        hits.append(HITS.format(source=sql % tuple(f"%({name})s" for name in names)))
        params |= dict(zip(names, given, strict=True))
    sql = LOOK_UP.format(
        hits=" UNION ALL ".join(hits), kept=KEPT if long else "",
        members="*) FROM kept" if long else "DISTINCT member_id) FROM hits",
    )  # fmt: skip
    with connection.cursor() as cursor, hashing(long):
        cursor.execute(sql, params)
        found = cursor.fetchone()
        if long:
            cursor.execute("ANALYZE members_valuelistmember")
    return found


@contextmanager
def hashing(long: bool) -> Iterator[None]:
    """A million values are joined in memory; sorting both sides took three times as long."""
    if not long:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '96MB', true), set_config('enable_mergejoin', 'off', true)")
        yield
        cursor.execute("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT")


# ---------------------------------------------------------------- asking it
def has_value(field: str, key: str) -> Q:
    """Members one of whose values, of their own or in another app, is in the list of this random key."""
    values = ValueList.objects.filter(public_id=key).first()
    if not values or field not in SOURCES:
        return Q(pk__in=[])
    if values.usable > FEW and field == values.field:
        refresh(values)
        return Q(pk__in=ValueListMember.objects.filter(list_id=values.pk).values("member_id"))
    first, *others = (
        source.filled().filter(**{f"{source.key}__in": wanted(values)}).values(source.member)
        for source in SOURCES[field]
    )
    return Q(pk__in=first.union(*others) if others else first)


def in_list(column: str, key: str) -> Q:
    """Rows whose column (``text`` of an attribute's values, say) equals a value of the list."""
    values = ValueList.objects.filter(public_id=key).first()
    return Q((f"{column}__in", wanted(values))) if values else Q(pk__in=[])


def entries(key: str) -> QuerySet[Any]:
    """A row for each value of the list, as ``value``."""
    return each(ValueListText.objects.filter(list__public_id=key), "keys")


def wanted(values: ValueList) -> QuerySet[Any]:
    """The values as a subquery."""
    return each(ValueListText.objects.filter(list_id=values.pk), "keys").values("value")


def each(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    lines = Func(F(column), Value("\n"), function="string_to_array", output_field=TextField())
    return rows.annotate(value=Func(lines, function="unnest", output_field=TextField()))


def refresh(values: ValueList, oldest: dt.timedelta = FRESH) -> None:
    """A long list's members are at most ten minutes old, or as old as is said."""
    if values.usable <= FEW or (values.found_at and values.found_at > timezone.now() - oldest):
        return
    with transaction.atomic():
        locked = ValueList.objects.select_for_update().get(pk=values.pk)
        if locked.found_at == values.found_at:
            kept = ValueListText.objects.get(list=locked)
            look_up(locked, kept)
            kept.save(update_fields=["missing"])


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
    return Report(
        values.given, values.duplicate, values.invalid, values.matched, values.not_found, values.members
    )  # fmt: skip
