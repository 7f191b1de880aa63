"""What a backup holds comes back whole, and what does not is named."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from config.backup.copy import (
    Connection,
    dump_tables,
    list_differences,
    list_tables,
    load_tables,
    measure_tables,
)
from config.backup.drill import write_record
from config.engines.embedded import OWNER, SUPERUSER
from members.models import Member
from operators import audit
from tenants.models import BackupRecord, Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import make_cast

SECOND = "test_second"
AWKWARD = "佐久間\t\\N \n𠮷\\"


def connect(database: str, user: str, autocommit: bool = False) -> Connection:
    host = connection.settings_dict["HOST"]
    return psycopg.connect(host=host, user=user, dbname=database, autocommit=autocommit)


@pytest.fixture
def second(transactional_db: None) -> Iterator[str]:
    """A migrated database beside the tests' own."""
    with connect("postgres", SUPERUSER, autocommit=True) as db:
        db.execute(f"DROP DATABASE IF EXISTS {SECOND}")
        db.execute(f"CREATE DATABASE {SECOND} TEMPLATE test_template")
        yield SECOND
        db.execute(f"DROP DATABASE {SECOND} WITH (FORCE)")


@pytest.fixture
def shop(transactional_db: None) -> Tenant:
    with transaction.atomic():
        shop = make_cast().sakura
    with open_tenant_scope(shop), transaction.atomic():
        for name in (AWKWARD, "", "作間"):
            Member.objects.create(name=name)
        audit.record_action("tag.added", words=AWKWARD)
    return shop


def ours(user: str = OWNER) -> Connection:
    return connect(str(connection.settings_dict["NAME"]), user)


def test_there_and_back(shop: Tenant, second: str, tmp_path: Path) -> None:
    with ours() as db:
        before = dump_tables(db, tmp_path / "backup")
    assert (before["members_member"].rows, before["operators_auditentry"].rows) == (
        3,
        1,
    )
    assert before["operators_seat"].rows == 4, "the owner sees every shop"
    with connect(second, SUPERUSER) as db:
        load_tables(db, tmp_path / "backup")
        assert list_differences(before, measure_tables(db)) == []
        (name,) = db.execute(
            "SELECT name FROM members_member ORDER BY id LIMIT 1"
        ).fetchone()
        assert name == AWKWARD
        # The next row gets the next number.
        next_there = db.execute(
            "SELECT last_value FROM members_member_id_seq"
        ).fetchone()
    with ours() as db:
        assert (
            next_there
            == db.execute("SELECT last_value FROM members_member_id_seq").fetchone()
        )


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("DELETE FROM members_member WHERE name = '作間'", "members_member"),
        ("UPDATE tenants_tenant SET name = name || 'x' WHERE slug = 'momiji'", "tenants_tenant"),
    ],
)  # fmt: skip
def test_what_is_lost_is_named(
    shop: Tenant, second: str, tmp_path: Path, change: str, table: str
) -> None:
    with ours() as db:
        before = dump_tables(db, tmp_path / "backup")
    with connect(second, SUPERUSER) as db:
        load_tables(db, tmp_path / "backup")
        db.execute("SET session_replication_role = replica")
        db.execute(change)  # type: ignore[call-overload]
        db.commit()
        differing = list_differences(before, measure_tables(db))
    assert [line.partition(":")[0] for line in differing] == [table]


def test_every_logged_table_is_in_it(transactional_db: None) -> None:
    with ours() as db:
        names = {table.name for table in list_tables(db)}
        unlogged = {
            name
            for (name,) in db.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
            )
        }
    with connection.cursor() as cursor:
        everything = set(connection.introspection.table_names(cursor))
    assert names == everything - unlogged
    assert unlogged == {"members_importrow"}


def test_the_owners_see_the_date(shop: Tenant) -> None:
    with ours() as db:
        measures = measure_tables(db)
        write_record(db, "restore", measures, 12.4)
    record = BackupRecord.get_newest(BackupRecord.Kind.RESTORE)
    assert record
    assert (record.tables, record.rows, record.seconds) == (
        len(measures),
        sum(dataclasses.astuple(each)[0] for each in measures.values()),
        12,
    )
