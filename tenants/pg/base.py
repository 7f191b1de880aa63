from typing import Any

from django.db.backends.postgresql import base

from tenants.pg.schema import SchemaEditor
from tenants.scope import (
    current_operator,
    current_source,
    current_tenant_id_or_none,
    guard,
)

SET_TENANT = "SELECT set_config('app.tenant_id', %s, true)"
SET_ACTOR = (
    "SELECT set_config('app.actor', %s, true), set_config('app.source', %s, true)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Every transaction starts with the tenant of the scope, local to that transaction, so a pooled connection
    cannot carry it on."""

    SchemaEditorClass = SchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(guard)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        super().set_autocommit(autocommit, *args, **kwargs)
        tenant_id = current_tenant_id_or_none()
        if not autocommit and tenant_id:
            self.set_tenant(tenant_id)
            self.set_actor()

    def set_tenant(self, tenant_id: int | None) -> None:
        self.ensure_connection()
        with self.connection.cursor() as cursor:
            cursor.execute(SET_TENANT, [str(tenant_id or "")])

    def set_actor(self) -> None:
        """Who acts and by what, for the triggers that write the members' history."""
        operator = current_operator()
        self.ensure_connection()
        with self.connection.cursor() as cursor:
            cursor.execute(
                SET_ACTOR, [str(operator.pk) if operator else "", current_source()]
            )
