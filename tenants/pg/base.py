from typing import Any

from django.db.backends.postgresql import base
from psycopg.sql import SQL, Composed, Identifier, Literal

from tenants.pg.features import DatabaseFeatures
from tenants.pg.guard import guard_statement
from tenants.pg.schema import SchemaEditor
from tenants.scope import (
    get_current_operator,
    get_current_source,
    get_current_tenant_id_or_none,
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Every transaction starts with the tenant of the scope, local to that transaction, so a pooled connection
    cannot carry it on."""

    SchemaEditorClass = SchemaEditor
    features_class = DatabaseFeatures

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(guard_statement)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        super().set_autocommit(autocommit, *args, **kwargs)
        tenant_id = get_current_tenant_id_or_none()
        if not autocommit and tenant_id:
            self.tell(tenant_id=tenant_id, **describe_actor())

    def set_tenant(self, tenant_id: int | None) -> None:
        self.tell(tenant_id=tenant_id)

    def set_actor(self) -> None:
        """Set who acts and by what, for the triggers that write the members' history."""
        self.tell(**describe_actor())

    def set_operator(self, operator_id: int | None) -> None:
        """Set whose seats the transaction may read in every shop."""
        self.tell(operator_id=operator_id)

    def tell(self, **values: int | str | None) -> None:
        """Tell the open transaction its settings, all in one round trip. Nothing of them outlives it."""
        self.ensure_connection()
        with self.connection.cursor() as cursor:
            cursor.execute(
                SQL("; ").join(set_local(name, value) for name, value in values.items())
            )


def describe_actor() -> dict[str, int | str | None]:
    operator = get_current_operator()
    return {"actor": operator.pk if operator else None, "source": get_current_source()}


def set_local(name: str, value: int | str | None) -> Composed:
    """SET takes no parameters, so the value is quoted into it; nothing is the empty text."""
    return SQL("SET LOCAL {} = {}").format(
        Identifier("app", name), Literal("" if value is None else str(value))
    )
