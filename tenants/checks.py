"""Refuse to serve as a role that could go past the walls."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

ROLE = """
SELECT rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname = 'public' AND pg_has_role(current_user, relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""


def role_can_bypass() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        return bool(cursor.fetchone()[0])


@register(Tags.database)
def serving_role(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[CheckMessage]:
    """Runs with ``check --database default``, and at the start of every web and worker process."""
    if not databases or settings.DATABASE_ROLE == "owner" or not role_can_bypass():
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
    """Called by the web and worker processes as they start."""
    if role_can_bypass():
        raise SystemExit(
            "tenants.E001: DATABASE_URL's role can bypass the isolation of the shops; see docs/operations.md."
        )
