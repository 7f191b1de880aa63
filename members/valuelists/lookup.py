"""Which members a list of values finds, and which of its values find nobody.

Deleted members are stored with those found, but do not count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from members.db import set_based
from members.extension import extensions
from members.models import Member, ValueList, ValueListMember, ValueListText
from tenants.scope import get_current_tenant_id

# A list of up to so many values is compared with the members each time; the members of a longer one are looked up
# beforehand and stored.
SHORT_LIST = 5_000
# For a short list: the values stand in the statement itself, so that the planner knows how many they are.
LOOK_UP = """
WITH wanted AS MATERIALIZED (
    SELECT value, place FROM unnest(string_to_array(%(values)s, E'\\n')) WITH ORDINALITY AS u(value, place)),
hits AS MATERIALIZED ({hits})
SELECT (SELECT count(DISTINCT member_id) FROM hits),
       (SELECT string_agg(value, E'\\n') FROM wanted w WHERE NOT EXISTS (SELECT FROM hits h WHERE h.place = w.place))
"""
HITS = """SELECT w.place, s.member_id FROM wanted w JOIN ({source}) s(value, member_id) USING (value)
JOIN members_member living ON living.tenant_id = %(tenant)s AND living.id = s.member_id AND living.deleted_at IS NULL"""
# For a long list: each member has one value of its own, so the first source needs no sorting and no second look-up. The
# values are read from their table: parsing and planning a million of them in the statement took as long again.
STORE = """
WITH wanted AS MATERIALIZED (
    SELECT value, place FROM unnest(string_to_array(
        (SELECT keys FROM members_valuelisttext WHERE tenant_id = %(tenant)s AND list_id = %(list)s), E'\\n'
    )) WITH ORDINALITY AS u(value, place)),
own AS MATERIALIZED (
    SELECT w.place, s.member_id FROM wanted w LEFT JOIN ({first}) s(value, member_id) USING (value)),
others AS MATERIALIZED ({others}),
gone AS MATERIALIZED (
    SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND deleted_at IS NOT NULL),
added AS MATERIALIZED (
    SELECT member_id FROM others EXCEPT SELECT member_id FROM own WHERE EXISTS (SELECT FROM others)),
kept AS (
    INSERT INTO members_valuelistmember (tenant_id, list_id, member_id)
    SELECT %(tenant)s::bigint, %(list)s::bigint, member_id FROM (
        SELECT member_id FROM own WHERE member_id IS NOT NULL
        UNION ALL SELECT member_id FROM added ORDER BY 1) AS found),
dead AS MATERIALIZED (
    SELECT place, member_id FROM own WHERE EXISTS (SELECT FROM gone) AND member_id IN (SELECT id FROM gone)),
living AS MATERIALIZED (
    SELECT place FROM others WHERE member_id NOT IN (SELECT id FROM gone)
    UNION ALL
    SELECT place FROM own WHERE EXISTS (SELECT FROM dead) AND place IN (SELECT place FROM dead)
        AND member_id NOT IN (SELECT id FROM gone)),
lost AS MATERIALIZED (
    SELECT place FROM own WHERE member_id IS NULL AND place NOT IN (SELECT place FROM living)
    UNION
    SELECT place FROM dead WHERE place NOT IN (SELECT place FROM living)),
told AS (
    UPDATE members_valuelisttext SET missing = coalesce((
        SELECT string_agg(value, E'\\n' ORDER BY place) FROM wanted WHERE place IN (SELECT place FROM lost)), '')
    WHERE tenant_id = %(tenant)s AND list_id = %(list)s)
SELECT (SELECT count(member_id) FROM own) - (SELECT count(*) FROM dead)
    + (SELECT count(*) FROM added WHERE member_id NOT IN (SELECT id FROM gone)),
    (SELECT count(*) FROM wanted) - (SELECT count(*) FROM lost)
"""
NO_VALUE = "SELECT ''::text AS value, 0::bigint AS member_id WHERE false"
NOBODY = "SELECT 0::bigint AS place, 0::bigint AS member_id WHERE false"
ELSEWHERE = "SELECT w.place, s.member_id FROM wanted w JOIN ({source}) s(value, member_id) USING (value)"


@dataclass(frozen=True)
class ValueSource:
    """Values of members, their own or kept by another app: rows with a member and a key, such as linked customers of a
    cart."""

    rows: Callable[[], QuerySet]
    member: str
    key: str
    once: bool = False  # each member has at most one value here

    def filled(self) -> QuerySet:
        """Return the rows that have a key and a member; no index holds the empty keys."""
        return (
            self.rows()
            .filter(**{f"{self.member}__isnull": False})
            .exclude(**{self.key: ""})
            .order_by()
        )


def _build_member_source(column: str) -> ValueSource:
    return ValueSource(lambda: Member.objects.all(), "pk", column, once=True)


# What the members app itself finds them by.
SOURCES: tuple[tuple[str, ValueSource], ...] = (
    (ValueList.Field.EMAIL, _build_member_source("email_key")),
    (ValueList.Field.PHONE, _build_member_source("phone_e164")),
    (ValueList.Field.MEMBER, _build_member_source("public_id")),
    (ValueList.Field.NAME, _build_member_source("name_key")),
)


def list_sources(field: str) -> list[ValueSource]:
    """Return where the values of such a list are kept; [] when nobody is found by them."""
    every = (pair for each in extensions.values() for pair in each.value_sources)
    return [source for name, source in every if name == field]


# ---------------------------------------------------------------- looking up
def look_up_list(values: ValueList) -> None:
    """Count what the list finds and what it does not, deleted members left out.

    For a long list, also store all members whom it finds.
    """
    if sources := list_sources(values.field):
        values.members, values.matched = (
            _store_found if values.usable > SHORT_LIST else _count_found
        )(values, sources)
    values.found_at = timezone.now()
    values.save(update_fields=["members", "matched", "found_at"])


def _count_found(values: ValueList, sources: list[ValueSource]) -> tuple[int, int]:
    """Return how many members the list finds, and how many of its values find one."""
    text = ValueListText.objects.get(list=values)
    params: dict[str, Any] = {"values": text.keys, "tenant": get_current_tenant_id()}
    hits = " UNION ALL ".join(
        HITS.format(source=_build_source_sql(source, params)) for source in sources
    )
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP.format(hits=hits), params)
        members, missing = cursor.fetchone()
    ValueListText.objects.filter(list=values).update(missing=missing or "")
    # Of the text itself: the figures beside it were counted when it was pasted.
    return members, _count_lines(text.keys) - _count_lines(missing)


def _count_lines(text: str | None) -> int:
    return text.count("\n") + 1 if text else 0


def _store_found(values: ValueList, sources: list[ValueSource]) -> tuple[int, int]:
    """Return the same as ``_count_found`` for a long list, and store the members whom it finds."""
    ValueListMember.objects.filter(list=values)._raw_delete("default")
    params: dict[str, Any] = {"tenant": get_current_tenant_id(), "list": values.pk}
    first = next((source for source in sources if source.once), None)
    own = _build_source_sql(first, params) if first else NO_VALUE
    rest = [
        ELSEWHERE.format(source=_build_source_sql(source, params))
        for source in sources
        if source is not first
    ]
    with connection.cursor() as cursor, set_based(by_hash=True):
        cursor.execute(
            STORE.format(first=own, others=" UNION ALL ".join(rest) or NOBODY), params
        )
        found = cursor.fetchone()
        cursor.execute("ANALYZE members_valuelistmember")
    return found


def _build_source_sql(source: ValueSource, params: dict[str, Any]) -> str:
    """Return the SQL of the source's (value, member); add its parameters to ``params`` under names of their own."""
    sql, given = (
        source.filled().values_list(source.key, source.member).query.sql_with_params()
    )
    names = [f"p{len(params) + place}" for place in range(len(given))]
    params |= dict(zip(names, given, strict=True))
    return sql % tuple(f"%({name})s" for name in names)
