"""Migrations that keep shops apart by themselves.

A table whose model has a ``TenantKey`` gets the primary key (tenant_id, id), row-level security and its policy when it
is created, and every reference between two such tables becomes (tenant_id, x_id) -> (tenant_id, id). Django knows of
``id`` alone. A shop can so be moved into another database: the key that replication names a row by says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql import schema
from django.db.models import CompositePrimaryKey, Field, Model

from tenants.fields import TenantKey

POLICY = "tenant_isolation"
IS_OURS = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint"
REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND confrelid = %s::regclass ORDER BY conname
"""


def find_tenant_field(model: type[Model]) -> TenantKey | None:
    return next(
        (field for field in model._meta.local_fields if isinstance(field, TenantKey)),
        None,
    )


class SchemaEditor(schema.DatabaseSchemaEditor):
    # An inline reference would be a simple one: AddField takes this way unless it is closed.
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if find_tenant_field(model):
            if not isinstance(model._meta.pk, CompositePrimaryKey):
                self._add_primary_key(model, model._meta.pk)
            self._isolate(model)

    def add_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        super().add_field(model, field)
        if isinstance(field, TenantKey):
            self._widen_primary_key(model)
            self._isolate(model)
            self._widen_waiting(model._meta.db_table)
        elif field.primary_key and find_tenant_field(model):
            self._add_primary_key(model, field)

    def _iter_column_sql(self, *args: Any) -> Iterator[str]:
        """Leave out what names one column alone.

        The column of a tenant table's ``id`` does not make the primary key; ``_add_primary_key`` does. Nor is the
        column of a one-to-one unique by itself: a constraint of the model says so, and begins with the tenant.
        """
        _, _, model, field, *_ = args
        for part in super()._iter_column_sql(*args):  # type: ignore[misc]
            if find_tenant_field(model) and (
                (part == "PRIMARY KEY" and field.primary_key)
                or (part == "UNIQUE" and field.one_to_one)
            ):
                continue
            yield part

    def _add_primary_key(self, model: type[Model], field: Any) -> None:
        table, column = (
            self.quote_name(model._meta.db_table),
            self.quote_name(field.column),
        )
        self.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (tenant_id, {column})")

    def _create_primary_key_sql(self, model: type[Model], field: Any) -> Statement:
        """Return what Django asks for where a field becomes the primary key of a table that is there."""
        statement = super()._create_primary_key_sql(model, field)  # type: ignore[misc]
        if find_tenant_field(model):
            statement.parts["columns"] = Columns(
                model._meta.db_table, ["tenant_id", field.column], self.quote_name
            )
        return statement

    def _widen_primary_key(self, model: type[Model]) -> None:
        """Put the tenant in front of the primary key of a table that had none until now. References to the table hang
        on its old key: they are taken off and come back with the tenant."""
        if isinstance(model._meta.pk, CompositePrimaryKey):
            return
        with self.connection.cursor() as cursor:
            cursor.execute(REFERENCES, [self.quote_name(model._meta.db_table)])
            references = cursor.fetchall()
        for table, name, _ in references:
            self.execute(
                self.sql_delete_fk % {"table": table, "name": self.quote_name(name)}
            )
        self._delete_primary_key(model)  # type: ignore[attr-defined]
        self._add_primary_key(model, model._meta.pk)
        for table, name, definition in references:
            widened = definition.replace("(", "(tenant_id, ")
            self.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {self.quote_name(name)} {widened}"
            )

    def _widen_waiting(self, table: str) -> None:
        """Widen the references from and to this table that wait in deferred_sql, still simple.

        The migration added them before the tenant. Those whose other end has no tenant yet follow when it gets one.
        """
        for statement in self.deferred_sql:
            parts = getattr(statement, "parts", {})
            if "to_column" not in parts or parts["column"].columns[0] == "tenant_id":
                continue
            ends = {parts["column"].table, parts["to_column"].table}
            if table in ends and all(self._has_tenant(end) for end in ends):
                _widen(statement)

    def _has_tenant(self, table: str) -> bool:
        with self.connection.cursor() as cursor:
            columns = self.connection.introspection.get_table_description(cursor, table)
        return any(column.name == "tenant_id" for column in columns)

    def effective_default(self, field: Field[Any, Any]) -> Any:
        """Return the default: of a TenantKey the scope's tenant; a migration has none and adds the column as it is."""
        return (
            None if isinstance(field, TenantKey) else super().effective_default(field)
        )

    def _isolate(self, model: type[Model]) -> None:
        table = self.quote_name(model._meta.db_table)
        self.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        self.execute(f"CREATE POLICY {POLICY} ON {table} USING ({IS_OURS})")

    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Statement:
        statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        ours, theirs = (
            find_tenant_field(model),
            find_tenant_field(field.target_field.model),
        )
        if ours and theirs and not isinstance(field, TenantKey):
            _widen(statement)
        return statement

    def _constraint_names(
        self, model: type[Model], column_names: Any = None, **kwargs: Any
    ) -> list[str]:
        """Find a foreign key by its one column, which Django asks for, though here it may carry the tenant's too."""
        names = super()._constraint_names(model, column_names, **kwargs)  # type: ignore[misc]
        if (
            kwargs.get("foreign_key")
            and column_names
            and len(column_names) == 1
            and find_tenant_field(model)
        ):
            ours = ["tenant_id", *column_names]
            names += super()._constraint_names(model, ours, **kwargs)  # type: ignore[misc]
        return names


def _widen(statement: Statement) -> None:
    """Turn (x_id) -> (id) into (tenant_id, x_id) -> (tenant_id, id)."""
    for end in ("column", "to_column"):
        simple: Any = statement.parts[end]
        statement.parts[end] = Columns(
            simple.table, ["tenant_id", *simple.columns], simple.quote_name
        )
