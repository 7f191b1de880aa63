"""The net under every statement: no table of a shop is touched outside a scope and a transaction."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings

from tenants.pg.schema import find_tenant_field
from tenants.scope import NoTenant, get_current_tenant_id_or_none, may_read_across_shops

Execute = Callable[..., Any]


def guard_statement(
    execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Refuse a statement on a tenant table outside a scope, or inside one but outside a transaction.

    An execute wrapper of Django. Raises NoTenant. The owner of the tables, who migrates them, is let through.
    """
    wrapper = context["connection"]
    if get_current_tenant_id_or_none() is None or not wrapper.in_atomic_block:
        serving = wrapper.settings_dict["USER"] == settings.APP_ROLE
        table = (
            compile_table_pattern().search(str(sql)) if serving and apps.ready else None
        )
        if table and not may_read_across_shops(table.group()):
            raise NoTenant(
                f"{table.group()} was touched without a tenant scope inside a transaction."
            )
    return execute(sql, params, many, context)


@cache
def compile_table_pattern() -> "re.Pattern[str]":
    """Return the pattern that finds the name of a tenant table in a statement."""
    tables = sorted(
        model._meta.db_table for model in apps.get_models() if find_tenant_field(model)
    )
    return re.compile(r"\b(?:" + "|".join(tables) + r")\b")
