import re
from collections.abc import Sequence

import pytest
from django.test import Client

from members.attributes.definitions import make_attribute
from members.extension import MembersExtension, extensions
from members.listing.columns import (
    ListColumn,
    list_fixed_columns,
    list_initial_columns,
)
from members.models import Member
from operators.models import Seat
from tenants.models import Tenant
from tests.conftest import Cast
from tests.extensions import hand_in


def heads(client: Client) -> list[str]:
    """The heads of the list between the name and the end, without those that are links to sort by."""
    head = (
        client.get("/t/sakura/members/")
        .content.decode()
        .partition("<thead")[2]
        .partition("</thead")[0]
    )
    return [
        text
        for text in re.findall(r">([^<>]+)<", head)
        if text in {str(column.label) for column in list_fixed_columns()}
    ]


def test_each_operator_chooses_for_themselves(
    sakura: Tenant, aiko: Client, ed: Client, cast: Cast
) -> None:
    Member.objects.create(name="山田 花子")
    seen = heads(aiko)
    labels = {column.key: str(column.label) for column in list_fixed_columns()}
    assert seen == [labels[key] for key in list_initial_columns()]

    answer = aiko.post(
        "/t/sakura/members/columns/?link=known", {"column": ["tags", "known"]}
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/t/sakura/members/?link=known",
    )
    assert heads(aiko) == ["タグ", "認知済み"]
    assert heads(ed) == seen
    assert Seat.objects.get(operator=cast.aiko).columns == {
        "members": ["tags", "known"],
        "members_without": [],
    }


def test_what_is_no_column_is_passed_over(
    sakura: Tenant, vic: Client, cast: Cast
) -> None:
    vic.post("/t/sakura/members/columns/", {"column": ["password", "link"]})
    assert Seat.objects.get(operator=cast.vic).columns == {
        "members": ["link"],
        "members_without": [],
    }


def test_an_attribute_is_everybodys_column_until_taken_away(
    sakura: Tenant, aiko: Client, ed: Client
) -> None:
    Member.objects.create(name="山田 花子")
    key = f"attr:{make_attribute('肌質', 'text', [], True, True).public_id}"
    for client in (aiko, ed):
        assert key in client.get("/t/sakura/members/").context["columns"]
    aiko.post("/t/sakura/members/columns/", {"column": ["tags"]})
    assert aiko.get("/t/sakura/members/").context["columns"] == ["tags"]
    assert key in ed.get("/t/sakura/members/").context["columns"]


def test_an_app_above_hands_in_a_column(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def load(members: Sequence[Member]) -> dict[int, str]:
        asked.append(len(members))
        return {member.pk: f"{member.name}<3" for member in members[:1]}

    bought = ListColumn("bought", "購入回数", load, place=45, cell="num")
    hand_in(monkeypatch, extensions, MembersExtension("test", list_columns=(bought,)))
    for name in "AB":
        Member.objects.create(name=name)
    answer = aiko.get("/t/sakura/members/")
    html = answer.content.decode()
    assert asked == [2]
    assert answer.context["columns"][3:5] == ["tags", "bought"]
    assert "購入回数</th>" in html
    assert re.search(r'<td role="cell" class="num">\s*B&lt;3\s*</td>', html)
    aiko.post("/t/sakura/members/columns/", {"column": ["tags"]})
    assert aiko.get("/t/sakura/members/").context["columns"] == ["tags"]
