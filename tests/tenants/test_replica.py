"""Heavy reads on a standby: a second server that follows this one, one that stands still, and none."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as configured
from django.db import ProgrammingError, connection, connections, transaction

from config.engines.embedded import NOBODY, SUPERUSER, UNSYNCED
from members.models import Tag
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tenants.pg import replica
from tenants.pg.replica import read_from_replica, try_replica_first
from tenants.scope import open_tenant_scope


@pytest.fixture
def standby(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A standby of the tests' own server; yields its folder of data."""
    engines = configured.ENGINES
    root = Path(tempfile.mkdtemp(prefix="tsunagi-standby-"))
    shutil.chown(root, NOBODY, NOBODY) if root.stat().st_uid == 0 else None
    data = root / "pg"
    engines._pg(
        "pg_basebackup",
        "-h",
        engines.sockets,
        "-U",
        SUPERUSER,
        "-D",
        data,
        "-R",
        "-c",
        "fast",
        "-X",
        "stream",
    )
    options = f"-k {root} -c shared_buffers=32MB -c hot_standby=on {UNSYNCED}"
    engines._pg("pg_ctl", "start", "-D", data, "-w", "-l", root / "log", "-o", options)
    there = {**connection.settings_dict, "HOST": str(root)}
    monkeypatch.setitem(configured.DATABASES, "replica", there)
    # Django's tests let nobody open another alias than their own.
    connections["replica"] = type(connections["default"])(there, "default")
    replica._looked.update(at=0.0, fresh=False)
    yield data
    connections["replica"].close()
    del connections["replica"]
    engines._pg("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w", check=False)
    shutil.rmtree(root, ignore_errors=True)


def is_standby() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])


def wait_for(name: str, shop: Tenant) -> None:
    """Until the standby has the tag; the test's own time limit ends a vain wait."""
    with open_tenant_scope(shop):
        while True:
            with read_from_replica() as there:
                if there and Tag.objects.filter(name=name).exists():
                    return
            replica._looked["at"] = 0.0
            time.sleep(0.05)


def let_it_stand_still(data: Path) -> None:
    name = connection.settings_dict["NAME"]
    options = f"host={data.parent} user={SUPERUSER} dbname={name}"
    with psycopg.connect(options, autocommit=True) as db:
        db.execute("SELECT pg_wal_replay_pause()")
        while db.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != (
            "paused",
        ):
            time.sleep(0.02)


@pytest.mark.timeout(90)
def test_heavy_reads_go_there_unless_it_lags(
    standby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Tenant.objects.create(slug="shop", name="店")
    other = Tenant.objects.create(slug="other", name="別の店")
    for tenant, name in ((other, "よその店"), (shop, "常連")):
        with transaction.atomic(), open_tenant_scope(tenant):
            get_or_create_tag(name)
    wait_for("常連", shop)

    count = try_replica_first(lambda: (Tag.objects.count(), is_standby()))
    with open_tenant_scope(shop), transaction.atomic():
        # The policy holds there as well, and what goes on after the block is here again.
        assert count() == (1, True)
        assert not is_standby()
        get_or_create_tag("新規")
    with open_tenant_scope(shop), read_from_replica(caught_up=True) as there:
        assert (there, Tag.objects.count()) == (True, 2)
    with open_tenant_scope(shop), pytest.raises(ProgrammingError), read_from_replica():
        connection.cursor().execute("SELECT no_such_column")

    # It stands still while something is written, and is as far behind as that is old.
    let_it_stand_still(standby)
    with transaction.atomic(), open_tenant_scope(shop):
        get_or_create_tag("さらに")
    assert 0 < replica.measure_lag() < 60
    monkeypatch.setattr(replica, "MOST_SECONDS", 0.0)
    replica._looked["at"] = 0.0
    with open_tenant_scope(shop), transaction.atomic():
        assert count() == (3, False)
    monkeypatch.undo()

    # It is gone: everything is read here.
    configured.ENGINES._pg("pg_ctl", "stop", "-D", standby, "-m", "immediate", "-w")
    with open_tenant_scope(shop), transaction.atomic():
        replica._looked.update(at=time.monotonic(), fresh=True)  # nobody noticed yet
        assert count() == (3, False)
        replica._looked["at"] = 0.0
        assert count() == (3, False)


def test_without_one_everything_is_read_here(db: None) -> None:
    assert "replica" not in configured.DATABASES
    with read_from_replica() as there:
        assert not there
