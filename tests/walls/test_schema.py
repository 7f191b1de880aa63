"""The catalogue of the migrated database, read as its superuser, against the rules of tenant isolation."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from config.engines.embedded import SUPERUSER
from tenants.cells import IDS_PER_CELL, compute_first_id
from tenants.models import Tenant, Wakeup
from tenants.pg.schema import IS_OURS
from tests.walls.world import tenant_models

# Tables that belong to no shop, or that must be read across shops; none of them holds a customer's data.
WITHOUT_TENANT = {
    "administration_application", "administration_planchange", "administration_shopday", "administration_shopmove",
    "tenants_plan",
    "tenants_tenant", "tenants_fieldkeyproof", "tenants_backuprecord", "operators_operator",
    "django_migrations", "django_content_type", "django_session",
    "auth_group", "auth_group_permissions", "auth_permission", "account_emailaddress", "account_emailconfirmation",
    "mfa_authenticator", "usersessions_usersession",
}  # fmt: skip
ACROSS_TENANTS = {"tenants_wakeup"}
EXTRA_POLICIES = {("operators_seat", "own_seats")}
SECURITY_DEFINERS = {
    "members_search",
    "cartsync_search",
    "administration_shop_figures",
}


@pytest.fixture
def catalogue(db: None) -> Iterator[psycopg.Cursor]:
    options = f"host={connection.settings_dict['HOST']} user={SUPERUSER} dbname={connection.settings_dict['NAME']}"
    with psycopg.connect(options) as superuser:
        yield superuser.cursor()


def rows(cursor: psycopg.Cursor, sql: str, *params: object) -> set[tuple]:  # type: ignore[type-arg]
    return set(cursor.execute(sql, params).fetchall())


def tenant_tables() -> set[str]:
    return {model._meta.db_table for model in tenant_models()}


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
        for model in tenant_models()
        for field in model._meta.local_concrete_fields
        if field.remote_field
        and field.db_constraint
        and field.related_model in tenant_models()
    )
    assert composite == declared


def test_primary_keys_begin_with_the_tenant(catalogue: psycopg.Cursor) -> None:
    """Where Django's key is ``id``, the database's is (tenant_id, id); no second index says the same."""
    unique = rows(
        catalogue,
        """SELECT t.relname, i.indisprimary,
                  (SELECT string_agg(a.attname, ' ' ORDER BY n) FROM unnest(i.indkey::int[]) WITH ORDINALITY k(num, n)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num WHERE n <= i.indnkeyatts)
           FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
           WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'""",
    )
    declared = {
        (
            model._meta.db_table,
            " ".join(
                dict.fromkeys(["tenant_id", *(f.column for f in model._meta.pk_fields)])
            ),
        )
        for model in [*tenant_models(), Wakeup]
    }
    assert {
        (table, key)
        for table, primary, key in unique
        if primary and "tenant_id" in key.split()
    } == declared
    assert {
        (table, key) for table, primary, key in unique if not primary
    } & declared == set()


def test_changes_are_replicated_by_the_primary_key(catalogue: psycopg.Cursor) -> None:
    """A publication may filter by the columns of the replica identity alone: the shop must be among them."""
    identity = rows(
        catalogue,
        """SELECT relname, relreplident FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')""",
    )
    assert identity == {
        (table, "d") for table in tenant_tables() | WITHOUT_TENANT | ACROSS_TENANTS
    }


def test_one_shop_can_be_published_and_goes_on(catalogue: psycopg.Cursor) -> None:
    """What moves a shop to another database: a publication with a row filter. PostgreSQL refuses to change rows of a
    published table that its filter cannot tell by their key. Tables that are not logged are made anew instead."""
    unlogged = {
        t
        for (t,) in rows(
            catalogue,
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'",
        )
    }
    assert unlogged == {"members_importrow"}
    moving = sorted((tenant_tables() | ACROSS_TENANTS) - unlogged)
    tables = ", ".join(f"{table} WHERE (tenant_id = 7)" for table in moving)
    catalogue.execute(
        f"CREATE PUBLICATION one_shop FOR TABLE tenants_tenant WHERE (id = 7), {tables}"
    )
    for table in moving:
        catalogue.execute(f"UPDATE {table} SET tenant_id = tenant_id WHERE false")
        catalogue.execute(f"DELETE FROM {table} WHERE false")


def test_references_lead_to_primary_keys(catalogue: psycopg.Cursor) -> None:
    elsewhere = rows(
        catalogue,
        """SELECT conname FROM pg_constraint JOIN pg_index ON indexrelid = conindid
           WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT indisprimary""",
    )
    assert elsewhere == set()


def test_ids_come_from_the_range_of_the_cell(catalogue: psycopg.Cursor) -> None:
    numbered = rows(
        catalogue,
        """SELECT sequencename, start_value, coalesce(last_value, start_value) BETWEEN %s AND %s FROM pg_sequences
           WHERE schemaname = 'public' AND data_type = 'bigint'::regtype""",
        compute_first_id(),
        compute_first_id() + IDS_PER_CELL - 1,
    )
    names = {
        f"{model._meta.db_table}_id_seq"
        for model in [*tenant_models(), Tenant]
        if model._meta.auto_field
    }
    assert names <= {name for name, _, _ in numbered}
    assert {(start, within) for _, start, within in numbered} == {
        (compute_first_id(), True)
    }


def test_unique_indexes_start_with_the_tenant(catalogue: psycopg.Cursor) -> None:
    found = rows(
        catalogue,
        """SELECT i.indexrelid::regclass::text FROM pg_index i
           JOIN pg_class t ON t.oid = i.indrelid
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'
           WHERE i.indisunique AND i.indkey[0] <> a.attnum AND t.relnamespace = 'public'::regnamespace""",
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


WITHOUT_REFERENCE = """
SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = ANY ('{bigint,integer,bigint[],integer[]}'::regtype[]) AND a.attname ~ '(_ids?|_pk|^subject)$'
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = c.oid AND a.attnum = ANY (conkey))
"""


def list_unguarded_in_docs() -> tuple[set[str], set[str]]:
    """The tables without a policy and the columns without a reference that docs/architecture.md names."""
    text = (Path(settings.BASE_DIR) / "docs/architecture.md").read_text()
    part = text.partition("### What no policy and no reference guards\n")[2]
    lines = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.*) \|$", part.partition("\n#")[0], re.M
    )
    return {table for table, policy, _ in lines if policy == "none"}, {
        f"{table}.{column}"
        for table, _, columns in lines
        for column in re.findall(r"`(\w+)`", columns)
    }


def test_what_nothing_guards_is_listed(catalogue: psycopg.Cursor) -> None:
    """Tables with a shop but no policy, and columns that name a row without a reference: a new one belongs there."""
    open_tables = rows(
        catalogue,
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
           WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity""",
    )
    unreferenced = rows(catalogue, WITHOUT_REFERENCE)
    assert (
        {name for (name,) in open_tables},
        {name for (name,) in unreferenced},
    ) == list_unguarded_in_docs()
