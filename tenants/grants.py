"""After each migration the owner grants the serving role what it needs, and no more."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections

from tenants.pg.schema import find_tenant_field


def grant_privileges(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Rows may be read and written, tables never emptied at one stroke (TRUNCATE goes past the policies)."""
    connection = connections[using]
    role = connection.ops.quote_name(settings.APP_ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        )
        cursor.execute(
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
        )
        existing = set(connection.introspection.table_names(cursor))
        for model in apps.get_models():
            table = model._meta.db_table
            if (
                find_tenant_field(model)
                and getattr(model, "append_only", False)
                and table in existing
            ):
                cursor.execute(
                    f"REVOKE UPDATE, DELETE ON {connection.ops.quote_name(table)} FROM {role}"
                )
