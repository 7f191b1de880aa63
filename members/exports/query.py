"""The rows of a file: one COPY, so one moment of the database, and nothing is held in memory."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from psycopg import Copy

from jobs.files.formula_guard import SAFE_PARAMS, SAFE_SQL
from members.attributes.file_joins import Join
from members.attributes.member_field import Column
from members.models import Member

# From this number of members on it is quicker to join the rows of all members than to look for those of each.
MANY = 20_000


def build_export_statement(
    members: QuerySet[Member], chosen: list[Column], count: int, formulas: bool
) -> tuple[str, list[Any]]:
    """Return (sql, params) of the SELECT of the cells, newest member first.

    ``formulas``: whether cells that look like one may stay so. Every inner SELECT is ordered, so that PostgreSQL keeps
    it apart: a cell is made once, however often the guard names it. Raises EmptyResultSet when it is plain that nobody
    is meant.
    """
    sql, params = (
        members.order_by("-pk")
        .values_list("pk", *(c.value() for c in chosen))
        .query.get_compiler("default")
        .as_sql()
    )
    names = ", ".join(["id", *(f"c{number}" for number in range(len(chosen)))])
    cells = ", ".join(
        [
            "r.id",
            *(c.cell.format(value=f"r.c{number}") for number, c in enumerate(chosen)),
        ]
    )
    cell_params = [param for column in chosen for param in column.params]
    join, join_params = _build_joins(
        (column.join() for column in chosen if column.join), count
    )
    guarded, guard_params = _guard_cells(chosen, formulas)
    made = f"SELECT {cells} FROM ({sql}) AS r({names}) {join} ORDER BY r.id DESC"
    return (
        f"SELECT {guarded} FROM ({made}) AS t({names}) ORDER BY t.id DESC",
        [*guard_params, *cell_params, *params, *join_params],
    )


def _guard_cells(chosen: list[Column], formulas: bool) -> tuple[str, list[Any]]:
    cells, params = [], []
    for number, column in enumerate(chosen):
        guarded = not (formulas or column.number)
        cells.append(SAFE_SQL.format(f"t.c{number}") if guarded else f"t.c{number}")
        params += SAFE_PARAMS if guarded else []
    return ", ".join(cells), params


def _build_joins(joins: Iterable[Join], count: int) -> tuple[str, list[Any]]:
    """Return (sql, params) of the joins, each of them once."""
    once = list(dict.fromkeys(joins))
    if count >= MANY:
        parts = [
            f"LEFT JOIN ({join.of_all}) AS {join.alias} ON {join.alias}.member_id = r.id"
            for join in once
        ]
    else:
        parts = [
            f"LEFT JOIN LATERAL ({join.of_one}) AS {join.alias} ON true"
            for join in once
        ]
    return " ".join(parts), [param for join in once for param in join.params]


@contextmanager
def copy_export_rows(
    members: QuerySet[Member],
    chosen: list[Column],
    count: int,
    formulas: bool,
    form: str,
) -> Iterator[Copy | None]:
    """Yield the rows as a COPY, None when nobody is meant.

    ``form``: "csv" (a line each, as bytes) or "text" (``.rows()`` gives tuples).
    """
    try:
        sql, params = build_export_statement(members, chosen, count, formulas)
    except EmptyResultSet:
        yield None
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT {form})", params) as copy,
    ):
        yield copy
