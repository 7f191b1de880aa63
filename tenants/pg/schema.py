"""Migrations that keep shops apart by themselves.

A table whose model has a ``TenantKey`` gets UNIQUE(tenant_id, id), row-level security and its policy when it is
created, and every reference between two such tables becomes (tenant_id, x_id) -> (tenant_id, id).
"""

from __future__ import annotations

from typing import Any

from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql import schema
from django.db.models import CompositePrimaryKey, Field, Model

from tenants.fields import TenantKey

POLICY = "tenant_isolation"
IS_OURS = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint"


def tenant_field(model: type[Model]) -> TenantKey | None:
    return next(
        (field for field in model._meta.local_fields if isinstance(field, TenantKey)),
        None,
    )


class SchemaEditor(schema.DatabaseSchemaEditor):
    # An inline reference would be a simple one: AddField takes this way unless it is closed.
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if tenant_field(model):
            self._isolate(model)

    def add_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        super().add_field(model, field)
        if isinstance(field, TenantKey):
            self._isolate(model)
            self._carry_tenant(model)

    def _carry_tenant(self, model: type[Model]) -> None:
        """References that this migration added before the tenant wait in deferred_sql, still simple."""
        waiting: dict[Any, Any] = {
            field.column: field
            for field in model._meta.local_concrete_fields
            if field.remote_field
        }
        for statement in self.deferred_sql:
            parts = getattr(statement, "parts", {})
            if "to_column" in parts and parts["column"].table == model._meta.db_table:
                field = waiting.get(parts["column"].columns[0])
                if field and tenant_field(field.related_model):
                    _widen(
                        statement,
                        model._meta.db_table,
                        field.column,
                        field.target_field,
                    )

    def effective_default(self, field: Field[Any, Any]) -> Any:
        """The default of a TenantKey is the scope's tenant; a migration has none and adds the column as it is."""
        return (
            None if isinstance(field, TenantKey) else super().effective_default(field)
        )

    def _isolate(self, model: type[Model]) -> None:
        table = self.quote_name(model._meta.db_table)
        if not isinstance(model._meta.pk, CompositePrimaryKey):
            name = self._create_index_name(
                model._meta.db_table, ["tenant_id", "id"], suffix="_tenant"
            )  # type: ignore[attr-defined]
            self.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {self.quote_name(name)} UNIQUE (tenant_id, id)"
            )
        self.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        self.execute(f"CREATE POLICY {POLICY} ON {table} USING ({IS_OURS})")

    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Statement:
        statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        ours, theirs = tenant_field(model), tenant_field(field.target_field.model)
        if ours and theirs and not isinstance(field, TenantKey):
            _widen(statement, model._meta.db_table, field.column, field.target_field)
        return statement

    def _constraint_names(
        self, model: type[Model], column_names: Any = None, **kwargs: Any
    ) -> list[str]:
        """A foreign key is asked for by its one column; here it may carry the tenant's too."""
        names = super()._constraint_names(model, column_names, **kwargs)  # type: ignore[misc]
        if (
            kwargs.get("foreign_key")
            and column_names
            and len(column_names) == 1
            and tenant_field(model)
        ):
            names += super()._constraint_names(
                model, ["tenant_id", *column_names], **kwargs
            )  # type: ignore[misc]
        return names


def _widen(statement: Statement, table: str, column: str, target: Any) -> None:
    """(x_id) -> (id) becomes (tenant_id, x_id) -> (tenant_id, id)."""
    quote = statement.parts["column"].quote_name
    statement.parts["column"] = Columns(table, ["tenant_id", column], quote)
    statement.parts["to_column"] = Columns(
        target.model._meta.db_table, ["tenant_id", target.column], quote
    )
