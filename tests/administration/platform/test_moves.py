"""A move of a shop on the platform's pages: while it runs, after it was killed, and when it has ended."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from administration.cells.move import LOCK, STEPS
from administration.models import ShopMove
from administration.platform import moves
from config.engines.embedded import SUPERUSER
from tenants.models import Tenant
from tests.administration.platform.test_platform import HOME, SHOP, staff
from tests.conftest import Cast

__all__ = ["staff"]
STOPPED = "移動のコマンドが途中で終わっています"
WAY_HERE = "別のセルからこのセルへ移動中です"


@pytest.fixture
def command(db: None) -> Iterator[psycopg.Connection]:
    """What a running command holds."""
    given = connection.settings_dict
    options = f"host={given['HOST']} user={SUPERUSER} dbname={given['NAME']}"
    with psycopg.connect(options, autocommit=True) as held:
        held.execute(LOCK, ["sakura"])
        yield held


def begin(shop: Tenant, step: str = "", reason: str = "", closed: bool = False) -> None:
    now = timezone.now()
    ShopMove.objects.filter(shop=shop).delete()
    ShopMove.objects.create(shop=shop, step=step, begun_at=now, step_at=now)
    Tenant.objects.filter(pk=shop.pk).update(
        closed_reason=reason, closed_at=now if closed else None
    )


def test_each_step_has_its_words() -> None:
    assert list(moves.STEPS) == ["", *STEPS]


def test_a_move_that_runs_and_one_that_was_killed(
    cast: Cast, staff: Client, command: psycopg.Connection
) -> None:
    begin(cast.sakura, "subscribed")
    begin(cast.momiji, "copied")
    found = moves.list_unfinished_moves()
    assert [(state.move.shop.slug, state.is_running) for state in found] == [
        ("sakura", True),
        ("momiji", False),
    ]
    page = staff.get(HOME).content.decode()
    assert (page.count(STOPPED), "manage.py move_shop momiji" in page) == (1, True)
    assert "manage.py move_shop sakura" not in page
    assert STOPPED not in staff.get(SHOP).content.decode()
    command.close()
    page = staff.get(SHOP).content.decode()
    assert STOPPED in page and "データのコピーの開始" in page


@pytest.mark.parametrize(
    ("step", "reason", "closed", "effect", "remedy"),
    [
        ("subscribed", "", False, moves.WORKS, moves.AGAIN),
        ("copied", "moving", False, moves.RESTS, moves.AGAIN),
        ("paused", "moving", True, moves.STANDS, moves.AGAIN),
        ("parted", "moved", True, moves.BETWEEN, moves.ONWARDS),
        ("let go", "moved", True, moves.BETWEEN, moves.ONWARDS),
        ("opened", "moved", True, moves.THERE, moves.SWITCH),
    ],
)
def test_what_stands_still_and_what_helps(
    cast: Cast, step: str, reason: str, closed: bool, effect: str, remedy: str
) -> None:
    begin(cast.sakura, step, reason, closed)
    state = moves.find_unfinished_move(cast.sakura)
    assert state and (state.effect, state.remedy) == (effect, remedy)


def test_the_end_of_a_move_and_the_copy_of_another(cast: Cast, staff: Client) -> None:
    begin(cast.sakura, "copied")
    ShopMove.objects.update(outcome="stayed", note="The copy takes too long.")
    page = staff.get(SHOP).content.decode()
    assert "The copy takes too long." in page and STOPPED not in page
    assert WAY_HERE not in page
    Tenant.objects.filter(pk=cast.sakura.pk).update(
        closed_reason="moving", closed_at=timezone.now()
    )
    assert WAY_HERE in staff.get(SHOP).content.decode()
    rows = staff.get(f"{HOME}?state=moving").context["rows"]
    assert [row.shop.slug for row in rows] == ["sakura"]
