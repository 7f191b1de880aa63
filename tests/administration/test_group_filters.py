"""メンバーグループ管理, narrowed."""

import pytest
from django.test import Client

from operators import groups
from operators.models import Seat
from tenants.models import Tenant
from tests.conftest import Cast
from tests.filtering import FRIDAY, SATURDAY, change

GROUPS = "/t/sakura/settings/groups/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [("サポート", 2), ("販促", 1)]),
        ("?q=販", [("販促", 1)]),
        ("?operator=me", [("サポート", 2)]),
        ("?created_from=2026-11-21", [("サポート", 2)]),
        ("?created_until=2026-11-20", [("販促", 1)]),
        ("?operator=me&q=販", []),
    ],
)
def test_groups_are_narrowed(
    sakura: Tenant, cast: Cast, aiko: Client, query: str, found: list[tuple[str, int]]
) -> None:
    owner, staff = (Seat.objects.get(operator=who) for who in (cast.aiko, cast.ed))
    change(groups.make_group("販促", [staff]), created_at=FRIDAY)
    change(groups.make_group("サポート", [owner, staff]), created_at=SATURDAY)
    shown = aiko.get(GROUPS + query).context["groups"]
    assert sorted((group.name, group.people) for group in shown) == found
