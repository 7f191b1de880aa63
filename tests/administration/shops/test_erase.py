"""A shop is deleted: nothing of a customer is left anywhere, and the other shop has all it had."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from administration.models import Application
from administration.shops.erase import (
    GRACE,
    KEPT,
    begin_erasing,
    erase_shop,
    erase_when_due,
    list_erased_models,
    withdraw_deletion,
)
from administration.shops.trials import follow_trial
from members.models import Member
from operators.models import AuditEntry, Operator, Seat
from outbound.valkey import connect_valkey
from tenants.models import ClosedReason, Plan, Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tenants.shops.closed import close_shop, reopen_shop
from tests.conftest import Cast
from tests.walls.test_urls import digest
from tests.walls.world import make_world

CANARY = "金糸雀カナリア"
PAGE = "/t/sakura/settings/delete/"


def write_canary(shop: Tenant) -> int:
    """Write the word into every column of the shop's rows that takes it; return into how many."""
    count = 0
    with open_tenant_scope(shop):
        for model in list_erased_models():
            for field in model._meta.local_concrete_fields:
                if (
                    isinstance(field, models.CharField | models.TextField)
                    and not field.choices
                ):
                    try:
                        with transaction.atomic():
                            count += model._base_manager.update(**{field.name: CANARY})
                    except (DatabaseError, ValueError):
                        pass
    return count


def find_canary(shop: Tenant) -> list[str]:
    """Return the tables in which the word stands, among the shop's own and those of no shop."""
    found = []
    with transaction.atomic(), open_tenant_scope(shop), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{CANARY}%"]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def list_files(shop: Tenant) -> list[str]:
    return [
        kind
        for kind in ("exports", "imports")
        if default_storage.exists(f"{kind}/{shop.pk}")
    ]


def test_nothing_is_left_of_a_deleted_shop(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    shop = cast.sakura
    settings.CART_FILES_FOLDER = str(tmp_path)
    for slug in ("sakura", "momiji"):
        (tmp_path / slug / "cart/done").mkdir(parents=True)
        (tmp_path / slug / "cart/done/orders.csv").write_text(CANARY)
    make_world(shop, cast.aiko)
    make_world(cast.momiji, cast.oscar)
    Operator.objects.filter(pk=cast.aiko.pk).update(
        made_by=shop, name=CANARY, email="canary@example.jp"
    )
    Operator.objects.filter(pk=cast.vic.pk).update(made_by=cast.momiji)
    for name in (
        f"exports/{shop.pk}/a.zip",
        f"imports/{shop.pk}/b/c.csv",
        f"imports/{cast.momiji.pk}/d.csv",
    ):
        default_storage.save(name, ContentFile(CANARY.encode()))
    assert write_canary(shop) > 100
    assert len(find_canary(shop)) > 40
    before = digest(cast.momiji)
    assert erase_shop(shop) >= len(list_erased_models()) - 1
    assert (find_canary(shop), find_canary(cast.momiji), list_files(shop)) == (
        [],
        [],
        [],
    )
    with open_tenant_scope(shop):
        assert {
            model._meta.label
            for model in list_erased_models()
            if model._base_manager.exists()
        } == set()
        assert AuditEntry.objects.filter(action="shop.erasing").count() == 1
    assert not any(
        CANARY.encode() in (connect_valkey().dump(key) or b"")
        for key in connect_valkey().scan_iter()
    )
    assert digest(cast.momiji) == before
    assert list_files(cast.momiji) == ["imports"]
    assert [folder.name for folder in tmp_path.iterdir()] == ["momiji"]
    shop.refresh_from_db()
    assert (shop.slug, shop.closed_reason) == (
        f"deleted-{shop.pk}",
        ClosedReason.DELETED,
    )
    gone, kept = (
        Operator.objects.get(pk=cast.aiko.pk),
        Operator.objects.get(pk=cast.vic.pk),
    )
    assert (gone.login_id, gone.email, gone.is_active) == (
        f"deleted-{gone.pk}",
        "",
        False,
    )
    assert (kept.login_id, kept.is_active) == ("vic", True)
    assert not Wakeup.objects.filter(tenant=shop).exists()
    assert erase_shop(shop) == 0  # a worker that was killed begins again


def test_an_owner_asks_and_may_change_their_mind(
    cast: Cast, aiko: Client, ed: Client
) -> None:
    page = aiko.get(PAGE).content.decode()
    assert ("残るもの" in page, "監査ログ：いつ" in page) == (True, True)
    assert ed.get(PAGE).status_code == 403
    wrong = aiko.post(PAGE, {"slug": "momiji"})
    assert (wrong.status_code, "ショップIDが違います" in wrong.content.decode()) == (
        422,
        True,
    )
    aiko.post(PAGE, {"slug": "sakura"})
    shop = Tenant.objects.get(slug="sakura")
    due = Wakeup.objects.get(tenant=shop, kind="administration.erase").due_at
    assert due and timedelta(0) <= timezone.now() + GRACE - due < timedelta(minutes=5)
    assert shop.closed_reason == ClosedReason.DELETING
    assert "削除を取り消す" in aiko.get(PAGE).content.decode()
    aiko.post(f"{PAGE}keep/")
    shop.refresh_from_db()
    assert (shop.closed_reason, shop.closed_at) == ("", None)
    assert not Wakeup.objects.filter(tenant=shop, kind="administration.erase").exists()
    with open_tenant_scope(shop), time_machine.travel(due):
        erase_when_due(shop)  # a wakeup that came all the same
        assert Seat.objects.count() == 3


def test_commands_of_a_shop(cast: Cast, aiko: Client, tmp_path: Path) -> None:
    said = StringIO()
    call_command(
        "make_shop",
        "koyo",
        "紅葉商店",
        "--owner",
        "kaede",
        "--plan",
        "standard",
        stdout=said,
    )
    shop = Tenant.objects.get(slug="koyo")
    assert "password of kaede:" in said.getvalue()
    assert shop.plan and shop.plan.code == "standard"
    with pytest.raises(CommandError, match="taken"):
        call_command("make_shop", "koyo", "別の店", "--owner", "kaede")
    with open_tenant_scope(shop):
        assert Seat.objects.get().operator.login_id == "kaede"
        Member.objects.create(name="秋野 楓")
    path = tmp_path / "koyo.zip"
    call_command("export_shop", "koyo", path, stdout=said)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["koyo.zip"]
    with ZipFile(path) as zip_file:
        assert "秋野 楓" in zip_file.read("tables/members_member.csv").decode()
        assert "山" not in zip_file.read("tables/members_tag.csv").decode()
    call_command("close_shop", "koyo", stdout=said)
    shop.refresh_from_db()
    assert shop.closed_reason == ClosedReason.DISABLED
    call_command("close_shop", "koyo", "--open", stdout=said)
    with pytest.raises(CommandError):
        call_command("delete_shop", "koyo", "--sure", "sakura")
    call_command("delete_shop", "koyo", "--sure", "koyo", stdout=said)
    assert not Tenant.objects.filter(slug="koyo").exists()
    assert (
        Operator.objects.get(
            pk=Operator.objects.get(login_id__startswith="deleted-").pk
        ).name
        != "kaede"
    )


def test_the_copy_that_a_move_left_keeps_its_address(cast: Cast) -> None:
    """Its rows go. Nobody opens a shop where requests are led to the other cell, and the shop may come back."""
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="秋野 楓")
    Tenant.objects.filter(pk=cast.sakura.pk).update(
        closed_at=timezone.now(), closed_reason=ClosedReason.MOVED
    )
    call_command("delete_shop", "sakura", "--sure", "sakura", stdout=StringIO())
    shop = Tenant.objects.get(slug="sakura")
    assert shop.closed_reason == ClosedReason.MOVED
    with open_tenant_scope(shop):
        assert (Member.objects.count(), Seat.objects.count()) == (0, 0)


def test_after_a_trial_it_is_kept_while_an_application_is_open(cast: Cast) -> None:
    shop, plan = cast.sakura, Plan.objects.get(code="standard")
    Tenant.objects.filter(pk=shop.pk).update(
        closed_at=timezone.now() - KEPT, closed_reason=ClosedReason.TRIAL
    )
    made = Application.objects.create(
        shop=shop, plan=plan, company="さくら商店", contact="愛子", email="a@example.jp"
    )
    again = erase_when_due(shop)
    assert again and timedelta(hours=23) < again - timezone.now() <= timedelta(days=1)
    assert Tenant.objects.filter(slug="sakura").exists()
    made.delete()
    assert erase_when_due(shop) is None
    assert not Tenant.objects.filter(slug="sakura").exists()


def set_closed(shop: Tenant, reason: ClosedReason, ago: timedelta) -> None:
    Tenant.objects.filter(pk=shop.pk).update(
        closed_at=timezone.now() - ago, closed_reason=reason
    )


def test_nothing_goes_before_its_time_and_nothing_waits_for_the_platform(
    cast: Cast,
) -> None:
    shop, second = cast.sakura, timedelta(seconds=60)
    for reason, kept in ((ClosedReason.DELETING, GRACE), (ClosedReason.TRIAL, KEPT)):
        set_closed(shop, reason, kept - second)
        again = erase_when_due(shop)  # an older timer was earlier
        assert again and timedelta(0) < again - timezone.now() <= second
    assert Tenant.objects.filter(slug="sakura").exists()
    plan = Plan.objects.get(code="standard")
    Application.objects.create(
        shop=shop, plan=plan, company="さくら商店", contact="愛子", email="a@example.jp"
    )
    set_closed(shop, ClosedReason.DELETING, GRACE)
    assert erase_when_due(shop) is None
    assert not Tenant.objects.filter(slug="sakura").exists()


def test_once_begun_nobody_withdraws_and_a_killed_worker_is_followed(
    cast: Cast,
) -> None:
    shop = cast.sakura
    Operator.objects.filter(pk=cast.aiko.pk).update(made_by=shop)
    close_shop(shop, ClosedReason.DELETING)
    begin_erasing(shop)
    with open_tenant_scope(shop):
        assert (withdraw_deletion(shop), reopen_shop(shop)) == (False, False)
        with transaction.atomic():
            Seat.objects.all().delete()  # so far another worker came
        assert erase_when_due(shop) is None
    aiko = Operator.objects.get(pk=cast.aiko.pk)
    assert (aiko.is_active, aiko.login_id) == (False, f"deleted-{aiko.pk}")


def test_who_is_switched_off_in_another_shop_stays_there(cast: Cast) -> None:
    Operator.objects.filter(pk=cast.aiko.pk).update(made_by=cast.sakura)
    with transaction.atomic(), open_tenant_scope(cast.momiji):
        Seat.objects.create(operator=cast.aiko, role="staff", off_at=timezone.now())
    erase_shop(cast.sakura)
    assert Operator.objects.get(pk=cast.aiko.pk).login_id == cast.aiko.login_id


def test_a_withdrawn_deletion_lets_the_trial_go_on(cast: Cast) -> None:
    shop = cast.sakura
    Tenant.objects.filter(pk=shop.pk).update(trial_ends_at=timezone.now())
    with transaction.atomic(), open_tenant_scope(shop):
        close_shop(shop, ClosedReason.DELETING)
        assert follow_trial(shop) is None
        assert withdraw_deletion(shop)
        assert Wakeup.objects.filter(tenant=shop, kind="administration.trial").exists()
        follow_trial(shop)
    shop.refresh_from_db()
    assert shop.closed_reason == ClosedReason.TRIAL
    with pytest.raises(CommandError, match="trial is over"):
        call_command("close_shop", "sakura", "--open")


@pytest.mark.parametrize("slug", ["もみじ", "a b", "ab", "Koyo", "deleted-1", ""])
def test_a_shop_is_not_made_where_no_address_leads(cast: Cast, slug: str) -> None:
    with pytest.raises(CommandError, match="3 to 40"):
        call_command("make_shop", slug, "紅葉商店", "--owner", "kaede")
    assert not Operator.objects.filter(login_id="kaede").exists()
