"""Whom an event happened to, as SQL for the statements that start and end runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True)
class Happening:
    """One event of one member. ``key`` names it (at most 40 characters); ``at`` is when it happened."""

    member_id: int
    key: str
    at: datetime


def build_named(sql: str, params: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """Return the SQL with names in the place of each %s, and the values by these names."""
    names = (f"%(who{n})s" for n in range(len(params)))
    named = re.sub("%%|%s", lambda m: m[0] if m[0] == "%%" else next(names), sql)
    return named, {f"who{n}": value for n, value in enumerate(params)}


Who = QuerySet[Any] | Sequence[int] | Sequence[Happening]


@dataclass(frozen=True)
class WhoRows:
    """``sql`` selects (member_id, event, at), with ``params`` for its %s. ``bases``: the moments in it.

    ``now``: the database's time when they were put together.
    """

    sql: str
    params: tuple[Any, ...]
    bases: tuple[datetime, ...]
    now: datetime

    def name_params(self) -> tuple[str, dict[str, Any]]:
        """Return the SQL and its values by name, for a statement whose other values have names."""
        return build_named(self.sql, self.params)


GIVEN = """
SELECT w.id AS member_id, w.event::text AS event, w.at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) w (id, event, at)
"""
CHOSEN = "SELECT w.id AS member_id, %s::text AS event, %s::timestamptz AS at FROM ({}) w (id)"
KEYED = "SELECT w.id AS member_id, w.event::text AS event, %s::timestamptz AS at FROM ({}) w (id, event)"

ONE_EACH = (
    "SELECT DISTINCT ON (u.member_id) u.* FROM ({}) u ORDER BY u.member_id, u.event"
)


def read_clock() -> datetime:
    """Return the database's time, which also decides what is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    return now


def build_who(who: Who, key: str = "", at: datetime | None = None) -> WhoRows | None:
    """Return the rows of an event; None when it happened to nobody. ``at``: when, now by default."""
    if not isinstance(who, QuerySet) and not who:
        return None
    now = read_clock()
    at = at or now
    if isinstance(who, QuerySet):
        return build_from_queryset(who, key, at, now)
    if isinstance(who[0], Happening):
        events: list[Happening] = list(who)  # type: ignore[arg-type]
        columns = (
            [event.member_id for event in events],
            [event.key for event in events],
            [event.at for event in events],
        )
        return WhoRows(GIVEN, columns, tuple(sorted({*columns[2]})), now)
    ids = "SELECT unnest(%s::bigint[])"
    return WhoRows(CHOSEN.format(ids), (key, at, list(who)), (at,), now)


def build_from_queryset(
    rows: QuerySet[Any], key: str, at: datetime, now: datetime
) -> WhoRows | None:
    rows = rows.order_by()
    if not rows.query.values_select and not rows.query.annotation_select:
        rows = rows.values("pk")
    try:
        sql, params = rows.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return None
    return WhoRows(CHOSEN.format(sql), (key, at, *params), (at,), now)


def build_keyed(found: Sequence[QuerySet[Any]]) -> WhoRows | None:
    """Return the rows of querysets of (member id, event key), now; of each member one."""
    at, parts = read_clock(), []
    params: list[Any] = []
    for rows in found:
        try:
            sql, values = rows.order_by().query.get_compiler("default").as_sql()
        except EmptyResultSet:
            continue
        parts.append(KEYED.format(sql))
        params += [at, *values]
    if not parts:
        return None
    return WhoRows(ONE_EACH.format(" UNION ALL ".join(parts)), tuple(params), (at,), at)
