"""Refuse to serve as a role that could go past the walls, or with models that forget the shop."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from tenants.cells import LAST_CELL
from tenants.models import TenantManager
from tenants.pg.schema import find_tenant_field

ROLE = """
SELECT rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname = 'public' AND pg_has_role(current_user, relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""


def can_bypass_policies() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        return bool(cursor.fetchone()[0])


@register(Tags.database)
def check_serving_role(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check it with ``check --database default``, and at the start of every web and worker process."""
    if not databases or settings.DATABASE_ROLE == "owner" or not can_bypass_policies():
        return []
    return [
        Error(
            "The database role of DATABASE_URL can bypass the isolation of the shops.",
            hint="Give the web and the workers a role that owns no table and is neither superuser nor BYPASSRLS; "
            "keep the owner for DATABASE_OWNER_URL (docs/operations.md).",
            id="tenants.E001",
        )
    ]


def refuse_bypassing_role() -> None:
    """Refuse to start under such a role; the web and worker processes call it."""
    if can_bypass_policies():
        raise SystemExit(
            "tenants.E001: DATABASE_URL's role can bypass the isolation of the shops; see docs/operations.md."
        )


@register(Tags.models)
def check_base_managers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django takes the base manager from the first abstract parent that has one, not from TenantModel by name."""
    return [
        Error(
            f"{model._meta.label} does not name the shop when Django itself reads and writes its rows.",
            hint="Let TenantModel stand first among its bases, and its ``objects`` be a TenantManager.",
            obj=model,
            id="tenants.E002",
        )
        for model in apps.get_models(include_auto_created=True)
        if find_tenant_field(model)
        and not isinstance(model._base_manager, TenantManager)
    ]


@register()
def check_cell(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if 0 <= settings.CELL <= LAST_CELL:
        return []
    return [Error(f"CELL must be a number from 0 to {LAST_CELL}.", id="tenants.E003")]
