"""実行ログ: each run, what started it and how it stands; linked to its deliveries and its member."""

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.models import Delivery, Enrollment, LineAccount, Scenario
from sandbox.serving import Sandbox
from tests.filtering import send_search
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

RUNS, LOG = "/t/sakura/messages/log/runs/", "/t/sakura/messages/log/"


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    """Five members of one scenario: running, done, ended, refused, and one that an operator let in."""
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag)
    found = make_friends(line, account, 5)
    give(tag, *found)
    runs = dict(Enrollment.objects.values_list("member", "pk"))
    set_run(runs[found[1].pk])
    Delivery.objects.filter(member=found[1]).update(state=2)
    set_run(runs[found[2].pk], ended_at=timezone.now(), ended_why="goal")
    set_run(runs[found[3].pk], refused="once")
    set_run(runs[found[4].pk], started_by=0)
    other = make_scenario(account, make_tag("ほか"), name="ほか")
    Enrollment.objects.create(
        scenario=other,
        member=found[0],
        trigger_key="x",
        triggered_at=timezone.now(),
        started_by=10**12,
    )
    assert scenario.name == "あいさつ"
    return found


def set_run(pk: int, **values: object) -> None:
    if values:
        Enrollment.objects.filter(pk=pk).update(**values)


def read_rows(
    client: Client, query: str = ""
) -> dict[tuple[int, str], tuple[str, str, str]]:
    rows = client.get(RUNS + query).context["rows"]
    return {
        (row["run"].member_id, row["run"].scenario.name): (
            str(row["label"]),
            row["why"],
            row["start"],
        )
        for row in rows
    }


def test_each_run_says_what_started_it_and_how_it_stands(
    aiko: Client, members: list[Member]
) -> None:
    found = read_rows(aiko)
    start = found[members[0].pk, "あいさつ"][2]
    assert "回答済み" in start
    tagged, once = (
        start,
        "2回目のきっかけのため、始めませんでした（一度だけ送信する）。",
    )
    assert found == {
        (members[0].pk, "あいさつ"): ("実行中", "", tagged),
        (members[1].pk, "あいさつ"): ("完了", "", tagged),
        (members[2].pk, "あいさつ"): ("途中で終了", "ゴールに達しました。", tagged),
        (members[3].pk, "あいさつ"): ("開始せず", once, tagged),
        (members[4].pk, "あいさつ"): ("実行中", "", "オペレーターの操作"),
        (members[0].pk, "ほか"): ("完了", "", "削除されたきっかけ"),
    }


def test_it_is_narrowed(aiko: Client, members: list[Member]) -> None:
    scenario = Scenario.objects.get(name="ほか")
    first = members[0].public_id
    counts = {
        "": 6,
        "?state=running": 2,
        "?state=done": 2,
        "?state=ended": 1,
        "?state=refused": 1,
        f"?scenario={scenario.public_id}": 1,
        f"?member={first}": 2,
        f"?member={first}&state=running": 1,
        "?member=nobody": 0,
        "?created_until=2020-01-01": 0,
    }
    assert {query: len(read_rows(aiko, query)) for query in counts} == counts
    query = send_search(aiko, RUNS, "友 3")
    assert {pk for pk, _name in read_rows(aiko, query)} == {members[3].pk}


def test_a_run_leads_to_its_deliveries_and_its_member(
    aiko: Client, members: list[Member]
) -> None:
    scenario = Scenario.objects.get(name="あいさつ")
    page = aiko.get(RUNS).content.decode()
    member = members[1]
    query = f"?member={member.public_id}&scenario={scenario.public_id}"
    assert f"{LOG}{query}".replace("&", "&amp;") in page
    assert f"/t/sakura/members/{member.public_id}/" in page
    shown = aiko.get(LOG + query)
    assert [row.member_id for row in shown.context["page"]] == [member.pk]
    assert shown.context["member"] == member
    delivery = Delivery.objects.get(member=member)
    details = aiko.get(f"{LOG}{delivery.public_id}/").content.decode()
    assert f"{RUNS}{query}".replace("&", "&amp;") in details
