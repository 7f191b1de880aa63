import re

from django.test import Client

from members.attributes.definitions import make_attribute
from members.listing.columns import COLUMNS, DEFAULT_COLUMNS
from members.models import Member
from operators.models import Seat
from tenants.models import Tenant
from tests.conftest import Cast


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
        if text in {str(label) for label in COLUMNS.values()}
    ]


def test_each_operator_chooses_for_themselves(
    sakura: Tenant, aiko: Client, ed: Client, cast: Cast
) -> None:
    Member.objects.create(name="山田 花子")
    usual = heads(aiko)
    assert usual == [str(COLUMNS[key]) for key in DEFAULT_COLUMNS]

    answer = aiko.post(
        "/t/sakura/members/columns/?link=known", {"column": ["tags", "known"]}
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/t/sakura/members/?link=known",
    )
    assert heads(aiko) == [str(COLUMNS["tags"]), str(COLUMNS["known"])]
    assert heads(ed) == usual
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
