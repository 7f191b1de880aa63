"""The catalogue of the migrated database, read as its superuser, against the rules of tenant isolation."""

from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from config.embedded import SUPERUSER
from tenants.pg.schema import IS_OURS, tenant_field

# Tables that belong to no shop, or that must be read across shops; none of them holds a customer's data.
WITHOUT_TENANT = {
    "tenants_tenant", "operators_operator", "django_migrations", "django_content_type", "django_session",
    "auth_group", "auth_group_permissions", "auth_permission", "account_emailaddress", "account_emailconfirmation",
}  # fmt: skip
ACROSS_TENANTS = {"tenants_wakeup"}
EXTRA_POLICIES = {("operators_seat", "own_seats")}
SECURITY_DEFINERS = {"members_search"}


@pytest.fixture
def catalogue(db: None) -> Iterator[psycopg.Cursor]:
    options = f"host={connection.settings_dict['HOST']} user={SUPERUSER} dbname={connection.settings_dict['NAME']}"
    with psycopg.connect(options) as superuser:
        yield superuser.cursor()


def rows(cursor: psycopg.Cursor, sql: str, *params: object) -> set[tuple]:  # type: ignore[type-arg]
    return set(cursor.execute(sql, params).fetchall())


def tenant_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if tenant_field(model)}


def test_every_table_is_a_tenants_or_named_here(catalogue: psycopg.Cursor) -> None:
    tables = {
        name
        for (name,) in rows(
            catalogue, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
    }
    assert tables == tenant_tables() | WITHOUT_TENANT | ACROSS_TENANTS
    with_tenant = rows(
        catalogue,
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema='public'",
    )
    assert {name for (name,) in with_tenant} == tenant_tables() | ACROSS_TENANTS


def test_tenant_tables_have_their_policy(catalogue: psycopg.Cursor) -> None:
    secured = rows(
        catalogue,
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relkind = 'r' AND c.relrowsecurity AND a.attname = 'tenant_id' AND a.attnotnull""",
    )
    assert {name for (name,) in secured} == tenant_tables()
    catalogue.execute("CREATE TEMP TABLE sample (tenant_id bigint)")
    catalogue.execute(f"CREATE POLICY sample ON sample USING ({IS_OURS})")
    (text,) = catalogue.execute(
        "SELECT qual FROM pg_policies WHERE policyname = 'sample'"
    ).fetchone()
    policies = rows(
        catalogue,
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'",
    )
    ours = {
        (table, name, cmd, qual, check)
        for table, name, cmd, qual, check in policies
        if name == "tenant_isolation"
    }
    assert ours == {
        (table, "tenant_isolation", "ALL", text, None) for table in tenant_tables()
    }
    assert {
        (table, name) for table, name, cmd, _, _ in policies - ours if cmd == "SELECT"
    } == EXTRA_POLICIES
    assert len(policies - ours) == len(EXTRA_POLICIES)


def test_references_between_tenant_tables_carry_the_tenant(
    catalogue: psycopg.Cursor,
) -> None:
    simple = rows(
        catalogue,
        """SELECT con.conname FROM pg_constraint con
           JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attname = 'tenant_id'
           JOIN pg_attribute b ON b.attrelid = con.confrelid AND b.attname = 'tenant_id'
           WHERE con.contype = 'f' AND NOT a.attnum = ANY(con.conkey)""",
    )
    assert simple == set()
    (composite,) = catalogue.execute(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 2"
    ).fetchone()
    declared = sum(
        1
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if tenant_field(model)
        and field.remote_field
        and field.db_constraint
        and tenant_field(field.related_model)
    )
    assert composite == declared


def test_unique_indexes_start_with_the_tenant(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        """SELECT i.indexrelid::regclass::text FROM pg_index i
           JOIN pg_class t ON t.oid = i.indrelid
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'
           WHERE i.indisunique AND i.indkey[0] <> a.attnum AND t.relnamespace = 'public'::regnamespace
             AND NOT (i.indisprimary AND i.indnkeyatts = 1)""",
    )
    assert found == set()


def test_no_view_or_function_goes_round_the_policies(catalogue: psycopg.Cursor) -> None:
    views = rows(
        catalogue,
        """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm'
           OR relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY(reloptions), false))""",
    )
    assert views == set()
    definers = rows(
        catalogue,
        "SELECT proname, proconfig IS NOT NULL FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace",
    )
    assert definers == {(name, True) for name in SECURITY_DEFINERS}


def test_the_serving_role_can_do_no_more_than_serve(catalogue: psycopg.Cursor) -> None:
    role = settings.APP_ROLE
    assert connection.settings_dict["USER"] == role
    assert rows(
        catalogue,
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s",
        role,
    ) == {(False, False, False)}
    assert (
        rows(
            catalogue, "SELECT relname FROM pg_class WHERE relowner = %s::regrole", role
        )
        == set()
    )
    assert (
        rows(
            catalogue,
            """SELECT table_name FROM information_schema.role_table_grants
               WHERE grantee = %s AND privilege_type = 'TRUNCATE'""",
            role,
        )
        == set()
    )
    may_change = rows(
        catalogue,
        """SELECT table_name, privilege_type FROM information_schema.role_table_grants
           WHERE grantee = %s AND table_name = 'operators_auditentry'""",
        role,
    )
    assert may_change == {
        ("operators_auditentry", "SELECT"),
        ("operators_auditentry", "INSERT"),
    }


CARTS = ("cartsync_cartcustomer", "cartsync_cartorder", "cartsync_cartsubscription")


def test_the_serving_role_looks_after_five_tables_only(
    catalogue: psycopg.Cursor,
) -> None:
    """MAINTAIN lets it refresh the planner's statistics of pasted lists, imports and a cart's first reading. The
    statistics themselves, samples of every shop's values, stay out of its sight."""
    maintained = rows(
        catalogue,
        """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND has_table_privilege(%s, oid, 'MAINTAIN')""",
        settings.APP_ROLE,
    )
    assert maintained == {
        ("members_importrow",),
        ("members_valuelistmember",),
        *((name,) for name in CARTS),
    }
    for table in tenant_tables():
        catalogue.execute(f"ANALYZE {table}")
    catalogue.execute(f"SET ROLE {settings.APP_ROLE}")
    assert (
        rows(
            catalogue,
            "SELECT tablename FROM pg_stats WHERE tablename = ANY(%s)",
            sorted(tenant_tables()),
        )
        == set()
    )
    assert rows(catalogue, "SELECT has_table_privilege('pg_statistic', 'SELECT')") == {
        (False,)
    }
