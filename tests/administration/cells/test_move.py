"""A shop on its way to another cell: what is answered, what is begun, and when it stays. The move itself is drilled
between two servers (`make move-drill`)."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from administration.cells.look import check_keys, check_move
from administration.cells.move import let_go, open_there
from administration.cells.pause import pause_shop, stop_taking_work
from administration.cells.progress import begin_move, end_move, record_step
from administration.cells.replicate import Db, MoveRefused, list_shop_tables
from administration.cells.resume import Progress
from administration.cells.shop_rows import copy_files, list_people
from administration.models import ShopMove
from config.engines.embedded import SUPERUSER
from operators.models import AuditEntry
from tenants.field_keys import prove_field_keys, refuse_wrong_field_keys
from tenants.models import ClosedReason, FieldKeyProof, Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tenants.shops.closed import reopen_shop
from tenants.wakeups import claim_due_wakeups, wake
from tests.conftest import Cast, make_cast
from tests.walls.test_schema import tenant_tables


def set_closed(reason: ClosedReason) -> None:
    Tenant.objects.filter(slug="sakura").update(
        closed_at=timezone.now(), closed_reason=reason
    )


@pytest.mark.parametrize("reason", [ClosedReason.MOVING, ClosedReason.MOVED])
@pytest.mark.parametrize("path", ["/t/sakura/members/", "/p/sakura/f/abc/"])
def test_whoever_asks_is_told_to_ask_again(
    cast: Cast, aiko: Client, reason: ClosedReason, path: str
) -> None:
    set_closed(reason)
    for answer in (aiko.get(path), aiko.post(path)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    shop = Tenant.objects.get(slug="sakura")
    assert reopen_shop(shop) is False


def test_whoever_meets_a_killed_move_is_told_since_when(
    cast: Cast, aiko: Client
) -> None:
    since = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    for minutes, told in ((0, False), (2, True)):
        set_closed(ClosedReason.MOVING)
        Tenant.objects.filter(slug="sakura").update(closed_at=since)
        with time_machine.travel(since + timedelta(minutes=minutes), tick=False):
            page = aiko.get("/t/sakura/").content.decode()
        assert ("2026/03/04 14:06から切り替えています" in page) is told


def test_its_pages_go_on_while_workers_come_to_an_end(cast: Cast, aiko: Client) -> None:
    Tenant.objects.filter(slug="sakura").update(closed_reason=ClosedReason.MOVING)
    page = aiko.get("/t/sakura/members/tags/")
    assert page.status_code == 200
    assert "サーバーの移動のため、送信や取り込み" in page.content.decode()
    assert not Tenant.objects.get(slug="sakura").is_elsewhere


def test_nothing_is_begun_for_it(cast: Cast) -> None:
    Wakeup.objects.all().delete()
    for shop in (cast.sakura, cast.momiji):
        for kind in ("members.tidy", "messaging.dispatch", "administration.count"):
            wake(shop, kind)
    Tenant.objects.filter(slug="sakura").update(closed_reason=ClosedReason.MOVING)
    claimed = claim_due_wakeups()
    assert {tenant_id for tenant_id, _kind, _subject in claimed} == {cast.momiji.pk}


@pytest.fixture
def stored(transactional_db: None) -> Cast:
    """The cast, committed: another connection sees it."""
    with transaction.atomic():
        return make_cast()


@pytest.fixture
def db_itself(stored: Cast) -> Iterator[Db]:
    given = connection.settings_dict
    options = f"host={given['HOST']} user={SUPERUSER} dbname={given['NAME']}"
    with psycopg.connect(options, autocommit=True) as db:
        yield db


def test_it_moves_by_the_same_tables_that_it_has(db_itself: Db, stored: Cast) -> None:
    """A row of a file under way is made anew from the file; a timer comes in the moment of the switch."""
    assert set(list_shop_tables(db_itself)) == tenant_tables() - {"members_importrow"}
    seats = {stored.aiko.pk, stored.ed.pk, stored.vic.pk}
    assert set(list_people(db_itself, stored.sakura.pk, everybody=True)) >= seats
    assert set(list_people(db_itself, stored.sakura.pk, everybody=False)) == seats


def test_it_stays_where_it_cannot_move(db_itself: Db) -> None:
    with pytest.raises(MoveRefused, match="no open shop nowhere"):
        check_move(db_itself, db_itself, "nowhere")
    with pytest.raises(MoveRefused, match="wal_level"):
        check_move(db_itself, db_itself, "sakura")


def test_both_cells_sign_and_hide_with_the_same_keys(
    db_itself: Db, settings: Any
) -> None:
    """Told by a mark of each key: what was signed here is read there."""
    FieldKeyProof.objects.all().delete()
    with pytest.raises(MoveRefused, match="has not told its keys"):
        check_keys(db_itself)
    prove_field_keys()
    with pytest.raises(MoveRefused, match="has not told its keys"):
        check_keys(db_itself)
    refuse_wrong_field_keys()
    check_keys(db_itself)
    mark = FieldKeyProof.objects.get().signing_key
    assert len(mark) == 64 and settings.SECRET_KEY not in mark
    settings.SECRET_KEY = "another key of at least forty characters"
    with pytest.raises(MoveRefused, match="another SECRET_KEY: it would refuse"):
        check_keys(db_itself)
    refuse_wrong_field_keys()
    check_keys(db_itself)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(MoveRefused, match="other FIELD_KEYS"):
        check_keys(db_itself)


def test_a_move_writes_down_how_far_it_came(db_itself: Db, stored: Cast) -> None:
    shop = stored.sakura.pk
    begin_move(db_itself, shop)
    begin_move(db_itself, shop)
    record_step(db_itself, shop, "copied")
    (row,) = ShopMove.objects.all()
    assert (row.shop_id, row.step, row.outcome) == (shop, "copied", "")
    end_move(db_itself, shop, "stayed", MoveRefused("The copy takes too long."))
    record_step(db_itself, shop, "drained")
    begin_move(db_itself, shop)
    end_move(db_itself, shop, "stayed", ValueError("a row of 山田"))
    begin_move(db_itself, shop)
    end_move(db_itself, shop, "moved")
    ends = ShopMove.objects.order_by("pk").values_list("step", "outcome", "note")
    assert list(ends) == [
        ("copied", "stayed", "The copy takes too long."),
        ("", "stayed", "ValueError"),
        ("", "moved", ""),
    ]


def test_it_is_closed_here_before_it_opens_there(db_itself: Db, stored: Cast) -> None:
    """Both ends are this one database, so the last word is that of the other cell."""
    wake(stored.sakura, "members.tidy")
    stop_taking_work(db_itself, stored.sakura.pk)
    assert Tenant.objects.get(slug="sakura").closed_reason == ClosedReason.MOVING
    let_go(db_itself, stored.sakura.pk)
    assert Tenant.objects.get(slug="sakura").closed_reason == ClosedReason.MOVED
    open_there(db_itself, stored.sakura.pk)
    shop = Tenant.objects.get(slug="sakura")
    assert (shop.closed_at, shop.closed_reason) == (None, "")
    assert not Wakeup.objects.filter(tenant=shop).exists()


def test_who_closes_a_shop_on_its_way_is_heard(db_itself: Db, stored: Cast) -> None:
    """An owner who asked for its deletion meanwhile finds it closed, not open somewhere else."""
    shop = stored.sakura.pk
    stop_taking_work(db_itself, shop)
    with open_tenant_scope(stored.sakura), transaction.atomic():
        actions = AuditEntry.objects.values_list("action", flat=True)
        assert list(actions) == ["shop.moving"]
    set_closed(ClosedReason.DELETING)
    for stop in (stop_taking_work, pause_shop):
        with pytest.raises(MoveRefused, match="closed meanwhile"):
            stop(db_itself, shop)
    assert Tenant.objects.get(pk=shop).closed_reason == ClosedReason.DELETING


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        (None, None, []),
        ("", None, []),
        ("", "moving", ["is_begun"]),
        ("moving", "moving", ["is_begun"]),
        ("moved", "moving", ["is_between", "is_let_go"]),
        ("moved", "", ["is_let_go", "is_there"]),
        ("moved", "disabled", ["is_let_go", "is_there"]),
        ("moved", "moved", ["is_let_go"]),
        ("", "moved", ["is_left_there"]),
        ("deleting", "moving", []),
    ],
)
def test_how_far_a_killed_move_came(
    here: str | None, there: str | None, told: list[str]
) -> None:
    progress = Progress(7, here, there)
    names = ("is_begun", "is_between", "is_left_there", "is_let_go", "is_there")
    assert [name for name in names if getattr(progress, name)] == told


def test_files_of_the_shop_are_copied_once(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    for name in ("exports/7/x.zip", "imports/7/deep/y.csv", "imports/8/z.csv"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert copy_files(source, target, 7) == 2
    assert copy_files(source, target, 7) == 0
    (source / "imports/7/deep/y.csv").write_text("changed since")
    os.utime(source / "imports/7/deep/y.csv", (0, 0))
    assert copy_files(source, target, 7) == 1
    # What was deleted here since an earlier copy goes there, too; what is somebody else's stays.
    for name in ("exports/7/gone.zip", "exports/8/stays.zip"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(name)
    assert copy_files(source, target, 7) == 0
    (target / "exports/8/stays.zip").unlink()
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*.*"))
    assert found == ["exports/7/x.zip", "imports/7/deep/y.csv"]
