"""14日間の予行: what is booked, judged as the sender would judge it now, without a write."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member
from messaging.accounts.pause import pause_sender
from messaging.content.make import make_text_content
from messaging.deliveries.eligibility import decide_deliveries
from messaging.deliveries.ledger import take_due_deliveries
from messaging.forecast.dry_run import DAYS, forecast_booked
from messaging.models import Delivery, LineAccount, Scenario
from sandbox.serving import Sandbox
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

DAY = timedelta(days=1)
URL = "/t/sakura/messages/booked/forecast/"


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    found = make_friends(line, account, 7)
    values = [
        {}, {"deleted_at": timezone.now()}, {"line_optout_at": timezone.now()}, {"line_state": "blocked"},
        {"line_state": "none"}, {"line_user_id": None}, {},
    ]  # fmt: skip
    for member, changed in zip(found, values, strict=True):
        if changed:
            Member.objects.filter(pk=member.pk).update(**changed)
    return found


@pytest.fixture
def scenario(account: LineAccount, members: list[Member]) -> Scenario:
    """Two messages for all, in one day and in three; who has the tag 対象外 is left out."""
    start, out = make_tag("回答済み"), make_tag("対象外")
    condition = {"all": [{"field": "tag", "op": "has_none", "value": [out.pk]}]}
    made = make_scenario(
        account, start, condition=condition, steps=[(DAY, "一"), (3 * DAY, "二")]
    )
    alive = [member for member in members if member != members[1]]
    Member.objects.filter(pk=members[1].pk).update(deleted_at=None)
    give(start, *alive, members[1])
    Member.objects.filter(pk=members[1].pk).update(deleted_at=timezone.now())
    give(out, members[6])
    return made


REASONS = {
    "deleted": 2,
    "opted_out": 2,
    "blocked": 2,
    "not_friend": 2,
    "no_line": 2,
    "condition": 2,
}


def test_it_says_who_gets_what_when_and_who_not_and_why(scenario: Scenario) -> None:
    run = forecast_booked()
    (part,) = run.parts
    assert (part.scenario, part.sent, dict(part.reasons)) == (scenario, 2, REASONS)
    first = timezone.localdate()
    planned = {
        (day.day - first).days: (day.sent, day.left_out)
        for day in run.days
        if day.planned
    }
    assert planned == {1: (1, 6), 3: (1, 6)}
    assert [day.day for day in run.days] == [first + n * DAY for n in range(DAYS)]


def test_it_agrees_with_the_sender(scenario: Scenario, account: LineAccount) -> None:
    Delivery.objects.update(due_at=timezone.now() - DAY)
    due = take_due_deliveries(scenario.tenant_id, account.sender_id, 100)
    decided = decide_deliveries(scenario.tenant, due)
    told = dict.fromkeys(REASONS, 0)
    for decision in decided:
        told[decision.reason] += 1
    assert told == REASONS


def test_nothing_is_written(scenario: Scenario) -> None:
    before = list(Delivery.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        forecast_booked()
    words = {query["sql"].split()[0] for query in queries}
    assert words == {"SELECT"}
    assert list(Delivery.objects.order_by("pk").values()) == before


def test_a_series_that_is_off_would_wait(scenario: Scenario) -> None:
    Scenario.objects.update(is_on=False)
    (part,) = forecast_booked().parts
    assert (part.sent, part.reasons["off"]) == (0, 4)


def test_what_is_late_counts_today_and_what_is_far_not_at_all(
    scenario: Scenario, members: list[Member]
) -> None:
    now = timezone.now()
    content = make_text_content("文")
    for at in (now - DAY, now + 5 * DAY, now + 40 * DAY):
        Delivery.objects.create(
            sender=scenario.account.sender,
            source=1,
            content=content,
            member=members[0],
            planned_at=at,
            due_at=at,
        )
    run = forecast_booked()
    part = run.parts[-1]
    assert (part.scenario, part.sent) == (None, 2)
    assert [run.days[n].sent for n in (0, 5)] == [1, 1]


def test_the_page_names_them(
    aiko: Client, vic: Client, scenario: Scenario, members: list[Member]
) -> None:
    page = aiko.get(URL).content.decode()
    for words in (
        "会員がLINE公式アカウントをブロックしています。",
        "送る見込み2件、送らない見込み12件",
        "友 3",
    ):
        assert words in page
    assert vic.get(URL).status_code == 200


def test_a_sender_that_stands_still_is_named(
    scenario: Scenario, account: LineAccount, ed: Client
) -> None:
    assert ed.get(URL).context["paused"] == []
    pause_sender(account.sender, "quota")
    page = ed.get(URL)
    booked = Delivery.objects.booked().count()
    assert [(row.pk, row.waiting) for row in page.context["paused"]] == [
        (account.sender_id, booked)
    ]
    assert (
        f"下の見込みのうち{booked}件は、再開するまで送りません" in page.content.decode()
    )
