"""Which shop the running code works for.

The scope is a context variable; the database connection writes it into every transaction (tenants/pg/base.py), where
the row-level policies read it. A query on a tenant table without a scope is an error, never an empty list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from tenants.extension import extensions

if TYPE_CHECKING:
    from tenants.models import Tenant

_tenant_id: ContextVar[int | None] = ContextVar("tenant_id", default=None)
# The operator who acts: a row of a table above this app.
_operator: ContextVar[Any] = ContextVar("operator", default=None)
# By what a change comes: console, form, import, job, line, cart …
_source: ContextVar[str] = ContextVar("source", default="")
_own_seats: ContextVar[bool] = ContextVar("own_seats", default=False)


class NoTenant(RuntimeError):
    """A tenant table was touched without saying for which shop."""


def get_current_tenant_id_or_none() -> int | None:
    return _tenant_id.get()


def get_current_tenant_id() -> int:
    tenant_id = _tenant_id.get()
    if tenant_id is None:
        raise NoTenant("Open tenants.scope.open_tenant_scope(tenant) first.")
    return tenant_id


def get_current_operator() -> Any:
    return _operator.get()


def get_current_source() -> str:
    return _source.get()


@contextmanager
def open_tenant_scope(tenant: "Tenant | int") -> Iterator[None]:
    """Work for one shop. Queries inside must be in a transaction; nesting another shop is refused."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    outer = _tenant_id.get()
    if outer is not None and outer != tenant_id:
        raise NoTenant(
            f"Already working for tenant {outer}; leave that scope before opening tenant {tenant_id}."
        )
    token = _tenant_id.set(tenant_id)
    _set_tenant_of_transaction(tenant_id)
    try:
        yield
    finally:
        _tenant_id.reset(token)
        _set_tenant_of_transaction(outer)


def _set_tenant_of_transaction(tenant_id: int | None) -> None:
    """Set it for a transaction that began before the scope; one that begins inside is told by the connection."""
    if (
        connection.in_atomic_block
        and not connection.needs_rollback
        and not _is_aborted()
    ):
        connection.set_tenant(tenant_id)  # type: ignore[attr-defined]


def _is_aborted() -> bool:
    """PostgreSQL takes nothing but a rollback, which brings the setting back as well; a statement now would only hide
    the error that led here."""
    return bool(
        connection.connection
        and connection.connection.info.transaction_status == TransactionStatus.INERROR
    )


class RequestTransaction(transaction.Atomic):
    """The one transaction around a request's view."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)


@contextmanager
def leave_transaction() -> Iterator[None]:
    """Commit what the request did until now, run the block outside its transaction, and begin the next one after it.

    For a call to the outside: no row stays locked, and no snapshot old, for as long as the other side takes. Refused
    inside a further block, whose part would be committed as well.
    """
    blocks = connection.atomic_blocks
    if not any(isinstance(block, RequestTransaction) for block in blocks):
        yield
        return
    request = blocks[-1]
    if not isinstance(request, RequestTransaction):
        raise RuntimeError("A block inside the request's transaction is still open.")
    request.__exit__(None, None, None)
    try:
        yield
    finally:
        request.__enter__()


@contextmanager
def act_as(operator: Any, source: str = "") -> Iterator[None]:
    """Set who is doing what follows, and by what it comes; the audit log and the members' history read it."""
    outer = _operator.set(operator), _source.set(source or _source.get())
    _set_actor_of_transaction()
    try:
        yield
    finally:
        _operator.reset(outer[0])
        _source.reset(outer[1])
        _set_actor_of_transaction()


def _set_actor_of_transaction() -> None:
    if (
        connection.in_atomic_block
        and not connection.needs_rollback
        and not _is_aborted()
    ):
        connection.set_actor()  # type: ignore[attr-defined]


@contextmanager
def allow_own_seats(operator: Any) -> Iterator[None]:
    """Let an operator read what is theirs in every shop: the ``own_rows`` of the apps above, which
    have the one policy that crosses shops. The transaction that goes on afterwards knows nothing of it."""
    if not connection.in_atomic_block:
        raise NoTenant("Seats across shops are read in a transaction.")
    token = _own_seats.set(True)
    try:
        connection.set_operator(operator.pk)  # type: ignore[attr-defined]
        yield
    finally:
        _own_seats.reset(token)
        if not connection.needs_rollback and not _is_aborted():
            connection.set_operator(None)  # type: ignore[attr-defined]


def may_read_across_shops(table: str) -> bool:
    """Return whether the running code reads the operator's own rows of this table in every shop."""
    return _own_seats.get() and any(
        table in app.own_rows for app in extensions.values()
    )
