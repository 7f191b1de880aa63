"""Which shop the running code works for.

The scope is a context variable; the database connection writes it into every transaction (tenants/pg/base.py), where
the row-level policies read it. A query on a tenant table without a scope is an error, never an empty list.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from operators.models import Operator
    from tenants.models import Tenant

_tenant_id: ContextVar[int | None] = ContextVar("tenant_id", default=None)
_operator: ContextVar["Operator | None"] = ContextVar("operator", default=None)
# By what a change comes: console, form, import, job, line, cart …
_source: ContextVar[str] = ContextVar("source", default="")
_own_seats: ContextVar[bool] = ContextVar("own_seats", default=False)


class NoTenant(RuntimeError):
    """A tenant table was touched without saying for which shop."""


def current_tenant_id_or_none() -> int | None:
    return _tenant_id.get()


def current_tenant_id() -> int:
    tenant_id = _tenant_id.get()
    if tenant_id is None:
        raise NoTenant("Open tenants.scope.tenant_scope(tenant) first.")
    return tenant_id


def current_operator() -> "Operator | None":
    return _operator.get()


def current_source() -> str:
    return _source.get()


@contextmanager
def tenant_scope(tenant: "Tenant | int") -> Iterator[None]:
    """Work for one shop. Queries inside must be in a transaction; nesting another shop is refused."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    outer = _tenant_id.get()
    if outer is not None and outer != tenant_id:
        raise NoTenant(
            f"Already working for tenant {outer}; leave that scope before opening tenant {tenant_id}."
        )
    token = _tenant_id.set(tenant_id)
    _tell_open_transaction(tenant_id)
    try:
        yield
    finally:
        _tenant_id.reset(token)
        _tell_open_transaction(outer)


def _tell_open_transaction(tenant_id: int | None) -> None:
    """A transaction that began before the scope learns of it here; one that begins inside is told by the connection."""
    if connection.in_atomic_block and not connection.needs_rollback and not _aborted():
        connection.set_tenant(tenant_id)  # type: ignore[attr-defined]


def _aborted() -> bool:
    """PostgreSQL takes nothing but a rollback, which brings the setting back as well; a statement now would only hide
    the error that led here."""
    return bool(
        connection.connection
        and connection.connection.info.transaction_status == TransactionStatus.INERROR
    )


@contextmanager
def acting(operator: "Operator | None", source: str = "") -> Iterator[None]:
    """Who is doing what follows, and by what it comes; the audit log and the members' history read it."""
    outer = _operator.set(operator), _source.set(source or _source.get())
    _tell_actor()
    try:
        yield
    finally:
        _operator.reset(outer[0])
        _source.reset(outer[1])
        _tell_actor()


def _tell_actor() -> None:
    if connection.in_atomic_block and not connection.needs_rollback and not _aborted():
        connection.set_actor()  # type: ignore[attr-defined]


@contextmanager
def own_seats(operator: "Operator") -> Iterator[None]:
    """Lets an operator read the seats that are theirs, in every shop; the one policy that crosses shops. The
    transaction that goes on afterwards knows nothing of it."""
    if not connection.in_atomic_block:
        raise NoTenant("Seats across shops are read in a transaction.")
    token = _own_seats.set(True)
    try:
        connection.set_operator(operator.pk)  # type: ignore[attr-defined]
        yield
    finally:
        _own_seats.reset(token)
        if not connection.needs_rollback and not _aborted():
            connection.set_operator(None)  # type: ignore[attr-defined]


@cache
def _tenant_tables() -> "re.Pattern[str]":
    from tenants.pg.schema import (
        tenant_field,
    )  # it needs the fields, which need this module

    tables = sorted(
        model._meta.db_table for model in apps.get_models() if tenant_field(model)
    )
    return re.compile(r"\b(?:" + "|".join(tables) + r")\b")


def guard(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,
    context: dict[str, Any],
) -> Any:
    """Refuse a statement on a tenant table outside a scope, or inside one but outside a transaction."""
    wrapper = context["connection"]
    if _tenant_id.get() is None or not wrapper.in_atomic_block:
        serving = wrapper.settings_dict["USER"] == _serving_role()
        table = _tenant_tables().search(str(sql)) if serving and apps.ready else None
        if table and not (_own_seats.get() and table.group() == "operators_seat"):
            raise NoTenant(
                f"{table.group()} was touched without a tenant scope inside a transaction."
            )
    return execute(sql, params, many, context)


@cache
def _serving_role() -> str:
    from django.conf import settings

    return str(settings.APP_ROLE)
