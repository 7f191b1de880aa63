"""The rows of a file: one COPY, so one moment of the database, and nothing is held in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from psycopg import Copy

from members.exporting.cells import SAFE_PARAMS, SAFE_SQL
from members.exporting.columns import TAGS, Column
from members.models import Member
from tenants.scope import current_tenant_id

# From here on joining the tags of everybody is quicker than looking for those of each.
MANY = 20_000
NAMES = """(
    SELECT l.member_id, left(string_agg(t.name, '、' ORDER BY t.name), 30000) AS names
    FROM members_membertag l JOIN members_tag t ON t.tenant_id = l.tenant_id AND t.id = l.tag_id
    WHERE l.tenant_id = %s {of_row} GROUP BY l.member_id
) AS tagged ON tagged.member_id = r.id"""


def statement(members: QuerySet[Member], chosen: list[Column], count: int, formulas: bool) -> tuple[str, list[Any]]:
    """The SELECT of the cells, newest member first. ``formulas``: whether cells that look like one may stay so.

    Raises EmptyResultSet when it is plain that nobody is meant.
    """
    sql, params = members.order_by("-pk").values_list("pk", *(c.value() for c in chosen)).query.get_compiler(
        "default"
    ).as_sql()  # fmt: skip
    cells, cell_params = [], []
    for number, column in enumerate(chosen):
        cell = "tagged.names" if column.name == TAGS else f"r.c{number}"
        guarded = not (formulas or column.number)
        cells.append(SAFE_SQL.format(cell) if guarded else cell)
        cell_params += SAFE_PARAMS if guarded else []
    names = ", ".join(["id", *(f"c{number}" for number in range(len(chosen)))])
    join, join_params = tags_joined(count) if any(c.name == TAGS for c in chosen) else ("", [])
    return (
        f"SELECT {', '.join(cells)} FROM ({sql}) AS r({names}) {join} ORDER BY r.id DESC",
        [*cell_params, *params, *join_params],
    )


def tags_joined(count: int) -> tuple[str, list[Any]]:
    many = count >= MANY
    kind = "LEFT JOIN" if many else "LEFT JOIN LATERAL"
    return f"{kind} {NAMES.format(of_row='' if many else 'AND l.member_id = r.id')}", [current_tenant_id()]


@contextmanager
def rows(
    members: QuerySet[Member], chosen: list[Column], count: int, formulas: bool, form: str
) -> Iterator[Copy | None]:
    """``form``: "csv" (a line each, as bytes) or "text" (``.rows()`` gives tuples). None when nobody is meant."""
    try:
        sql, params = statement(members, chosen, count, formulas)
    except EmptyResultSet:
        yield None
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT {form})", params) as copy:
        yield copy
