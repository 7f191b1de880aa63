"""Who came into a step message, narrowed by how far each of them is."""

import pytest
from django.test import Client

from members.models import Member
from messaging.models import Delivery, Enrollment, LineAccount, Scenario
from tests.filtering import send_search
from tests.messaging.conftest import give, make_scenario, make_tag

NAMES = ("佐藤 桜", "鈴木 楓", "高橋 椿")


@pytest.fixture
def scenario(account: LineAccount) -> Scenario:
    """One of three whose message is still to come, one whose message went out, and one for whom nothing began."""
    tag = make_tag("秋")
    scenario = make_scenario(account, tag)
    members = [
        Member.objects.create(name=name, name_key=name.replace(" ", ""))
        for name in NAMES
    ]
    give(tag, *members)
    make_scenario(account, tag)  # in which everybody is still on the way
    runs = Enrollment.objects.filter(scenario=scenario)
    Delivery.objects.filter(enrollment__in=runs).exclude(member=members[0]).update(
        state=Delivery.State.SENT
    )
    runs.filter(member=members[2]).update(refused="once")
    Member.objects.filter(pk=members[1].pk).update(link_state=Member.LinkState.LINKED)
    return scenario


def list_names(client: Client, url: str) -> list[tuple[str, str]]:
    people = client.get(url).context["people"]
    return sorted((person.member.name, person.state) for person in people)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [(NAMES[0], "進行中"), (NAMES[1], "終了"), (NAMES[2], "対象外")]),
        ("?state=running", [(NAMES[0], "進行中")]),
        ("?state=ended", [(NAMES[1], "終了")]),
        ("?state=refused", [(NAMES[2], "対象外")]),
        ("?linked=linked", [(NAMES[1], "終了")]),
        ("?state=running&linked=linked", []),
    ],
)
def test_who_came_in_is_narrowed(
    scenario: Scenario, vic: Client, query: str, found: list[tuple[str, str]]
) -> None:
    url = f"/t/sakura/messages/steps/{scenario.public_id}/people/"
    assert list_names(vic, url + query) == sorted(found)


def test_who_came_in_is_searched(scenario: Scenario, vic: Client) -> None:
    url = f"/t/sakura/messages/steps/{scenario.public_id}/people/"
    query = send_search(vic, url, "高橋")
    assert list_names(vic, url + query) == [(NAMES[2], "対象外")]
    assert list_names(vic, f"{url}{query}&state=running") == []
