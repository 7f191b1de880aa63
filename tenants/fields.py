"""Fields that the tenant tables share."""

import secrets
from typing import Any

from django.db import models

from tenants.scope import get_current_tenant_id

# No letters that are read wrongly over the phone (0/O, 1/I/L, vowels that make words).
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def generate_public_id() -> str:
    """Return twelve random characters (57 bits): what stands in URLs instead of a serial number."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


class TenantKey(models.ForeignKey):
    """The shop a row belongs to. Its presence makes a table a tenant table: see tenants/pg/schema.py."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("to", "tenants.Tenant")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("default", get_current_tenant_id)
        kwargs.setdefault("db_index", False)
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)


class PublicIdField(models.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault("default", generate_public_id)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)

    def get_prep_value(self, value: Any) -> Any:
        """Ids come from URLs and hidden fields; one with a NUL, which PostgreSQL refuses, is one that nobody has."""
        value = super().get_prep_value(value)
        return value.replace("\0", "?") if isinstance(value, str) else value
