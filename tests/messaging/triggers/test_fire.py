"""The one door: what an event starts, refuses, ends and plans."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member
from messaging.models import (
    Delivery,
    Enrollment,
    LineAccount,
    Scenario,
    ScenarioGroup,
    Trigger,
)
from messaging.triggers.fire import Happening, fire_trigger
from sandbox.serving import Sandbox
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

WEEK = [(timedelta(), "1"), (timedelta(days=7), "2")]


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    return make_friends(line, account, 3)


def listen(
    scenario: Scenario, kind: str, ref: str = "", role: str = "start"
) -> Trigger:
    return Trigger.objects.create(scenario=scenario, kind=kind, ref=ref, role=role)


def order(member: Member, key: str, hours_ago: float = 0) -> Happening:
    return Happening(member.pk, key, timezone.now() - timedelta(hours=hours_ago))


def runs(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Return (event, refused, ended why) of its runs in the order in which they came."""
    rows = Enrollment.objects.filter(scenario=scenario).order_by("pk")
    return list(rows.values_list("trigger_key", "refused", "ended_why"))


def waiting(scenario: Scenario) -> int:
    rows = Delivery.objects.filter(enrollment__scenario=scenario)
    return rows.filter(state=Delivery.State.SCHEDULED).count()


def test_only_triggers_about_it_count(
    account: LineAccount, members: list[Member]
) -> None:
    this, other, anything, off = (
        make_scenario(account, name=name, is_on=name != "off")
        for name in ("this", "other", "any", "off")
    )
    for scenario, ref in ((this, "a"), (other, "b"), (anything, ""), (off, "a")):
        listen(scenario, "form_answered", ref)
    count = fire_trigger(
        account.tenant, "form_answered", "a", [members[0].pk], key="s:1"
    )
    assert count == 2
    assert [bool(runs(row)) for row in (this, other, anything, off)] == [
        True,
        False,
        True,
        False,
    ]
    assert (
        fire_trigger(account.tenant, "form_answered", "a", [members[0].pk], key="s:1")
        == 0
    )
    assert fire_trigger(account.tenant, "linked", "a", [members[0].pk], key="s:2") == 0


def test_each_happening_counts_from_its_own_time(
    account: LineAccount, members: list[Member]
) -> None:
    scenario = make_scenario(account, steps=[(timedelta(days=3), "どうぞ")])
    listen(scenario, "order")
    events = [order(members[0], "o:1", 5), order(members[1], "o:2", 1)]
    assert fire_trigger(account.tenant, "order", "cart", events) == 2
    booked = Delivery.objects.order_by("member").values_list("member", "planned_at")
    assert list(booked) == [
        (event.member_id, event.at + timedelta(days=3)) for event in events
    ]


def test_what_is_long_over_is_left_out_and_said(
    account: LineAccount, members: list[Member]
) -> None:
    steps = [
        (timedelta(hours=1), "1"),
        (timedelta(days=3), "2"),
        (timedelta(days=30), "3"),
    ]
    scenario = make_scenario(account, steps=steps)
    listen(scenario, "order")
    fire_trigger(
        account.tenant, "order", "", [order(members[0], "o:1", hours_ago=24 * 10)]
    )
    rows = Delivery.objects.order_by("planned_at")
    assert [(row.content.text, row.state, row.reason) for row in rows] == [
        ("1", Delivery.State.SKIPPED, "late"),
        ("2", Delivery.State.SKIPPED, "late"),
        ("3", Delivery.State.SCHEDULED, ""),
    ]


def test_the_window_moves_and_the_row_says_from_when(
    account: LineAccount, members: list[Member]
) -> None:
    scenario = make_scenario(
        account,
        steps=[(timedelta(days=1), "夜")],
        send_from=time(9),
        send_until=time(21),
    )
    listen(scenario, "order")
    night = datetime.now(UTC).replace(hour=14, minute=30, second=0, microsecond=0)
    fire_trigger(account.tenant, "order", "", [Happening(members[0].pk, "o:1", night)])
    delivery = Delivery.objects.get()
    assert delivery.moved_from == night + timedelta(days=1)  # 23:30 in the shop
    assert delivery.planned_at == night + timedelta(days=1, hours=9, minutes=30)


# ---------------------------------------------------------------- the second event (F9)
@pytest.mark.parametrize(
    ("rule", "expected", "left"),
    [
        ("every", [("o:1", "", ""), ("o:2", "", "")], 4),
        ("once", [("o:1", "", ""), ("o:2", "once", "")], 2),
        ("not_running", [("o:1", "", ""), ("o:2", "not_running", "")], 2),
        ("restart", [("o:1", "", "restarted"), ("o:2", "", "")], 2),
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_second_event_while_the_series_runs(
    account: LineAccount,
    members: list[Member],
    rule: str,
    expected: list[tuple[str, str, str]],
    left: int,
    together: bool,
) -> None:
    scenario = make_scenario(account, steps=WEEK, second_event=rule)
    listen(scenario, "order")
    events = [order(members[0], "o:1", 2), order(members[0], "o:2", 1)]
    for part in [events] if together else [events[:1], events[1:]]:
        fire_trigger(account.tenant, "order", "", part)
        fire_trigger(account.tenant, "order", "", part)  # polled twice
    if together and rule == "restart":
        expected = [("o:1", "restart", ""), ("o:2", "", "")]
    assert sorted(runs(scenario)) == expected
    assert waiting(scenario) == left


@pytest.mark.parametrize(
    ("rule", "refused"), [("once", "once"), ("not_running", ""), ("restart", "")]
)
def test_second_event_after_the_series(
    account: LineAccount, members: list[Member], rule: str, refused: str
) -> None:
    scenario = make_scenario(account, steps=WEEK, second_event=rule)
    listen(scenario, "order")
    fire_trigger(account.tenant, "order", "", [order(members[0], "o:1", 2)])
    Delivery.objects.update(state=Delivery.State.SENT)
    fire_trigger(account.tenant, "order", "", [order(members[0], "o:2", 1)])
    assert runs(scenario) == [("o:1", "", ""), ("o:2", refused, "")]


def test_at_most_so_often(account: LineAccount, members: list[Member]) -> None:
    scenario = make_scenario(account, max_runs=2)
    listen(scenario, "order")
    events = [order(members[0], f"o:{n}", 9 - n) for n in range(3)]
    fire_trigger(account.tenant, "order", "", events[:1])
    fire_trigger(account.tenant, "order", "", [*events[1:], order(members[1], "o:9")])
    assert runs(scenario) == [
        ("o:0", "", ""),
        ("o:1", "", ""),
        ("o:2", "most", ""),
        ("o:9", "", ""),
    ]


# ---------------------------------------------------------------- groups (F2)
@pytest.fixture
def pair(account: LineAccount) -> Iterator[tuple[Scenario, Scenario]]:
    group = ScenarioGroup.objects.create(name="フォロー")
    rows = [make_scenario(account, name=n, steps=WEEK, group=group) for n in "AB"]
    listen(rows[0], "order", "a")
    listen(rows[1], "order", "b")
    yield rows[0], rows[1]


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("every", "", "group"),
        ("once", "", "once"),
        ("not_running", "", "not_running"),
        ("restart", "restarted", ""),
    ],
)
def test_scenarios_of_one_group_exclude_each_other(
    account: LineAccount,
    members: list[Member],
    pair: tuple[Scenario, Scenario],
    rule: str,
    first: str,
    second: str,
) -> None:
    Scenario.objects.filter(pk=pair[1].pk).update(second_event=rule)
    fire_trigger(account.tenant, "order", "a", [order(members[0], "o:1", 2)])
    fire_trigger(account.tenant, "order", "b", [order(members[0], "o:2", 1)])
    fire_trigger(account.tenant, "order", "b", [order(members[1], "o:3", 1)])
    assert runs(pair[0]) == [("o:1", "", first)]
    assert runs(pair[1]) == [("o:2", second, ""), ("o:3", "", "")]


def test_one_event_starts_one_of_a_group(
    account: LineAccount, members: list[Member], pair: tuple[Scenario, Scenario]
) -> None:
    fire_trigger(account.tenant, "order", ["a", "b"], [order(members[0], "o:1")])
    assert (runs(pair[0]), runs(pair[1])) == ([("o:1", "", "")], [("o:1", "group", "")])


# ---------------------------------------------------------------- stops and goals
@pytest.mark.parametrize(("role", "why"), [("stop", "stopped"), ("goal", "goal")])
def test_an_event_ends_the_run_and_cancels_what_waits(
    account: LineAccount, members: list[Member], role: str, why: str
) -> None:
    tag, done = make_tag("回答済み"), make_tag("購入済み")
    scenario = make_scenario(account, tag, steps=WEEK)
    Trigger.objects.create(scenario=scenario, tag=done, role=role)
    give(tag, *members[:2])
    Delivery.objects.filter(content__text="1").update(state=Delivery.State.SENT)
    give(done, members[0], members[2])
    ended = Enrollment.objects.filter(ended_why=why)
    assert [row.member_id for row in ended] == [members[0].pk]
    rows = Delivery.objects.order_by("member", "planned_at")
    assert [(row.state, row.reason) for row in rows] == [
        (2, ""),
        (5, why),
        (2, ""),
        (0, ""),
    ]


def test_an_older_event_ends_nothing(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag, steps=WEEK)
    listen(scenario, "order", role="stop")
    give(tag, members[0])
    fire_trigger(account.tenant, "order", "", [order(members[0], "o:1", hours_ago=1)])
    assert waiting(scenario) == 2
    later = Happening(members[0].pk, "o:2", timezone.now() + timedelta(minutes=1))
    fire_trigger(account.tenant, "order", "", [later])
    assert waiting(scenario) == 0


def test_an_order_ends_the_old_run_and_starts_the_new_one(
    account: LineAccount, members: list[Member]
) -> None:
    scenario = make_scenario(account, steps=WEEK)
    listen(scenario, "order")
    listen(scenario, "order", role="stop")
    fire_trigger(account.tenant, "order", "", [order(members[0], "o:1", 2)])
    fire_trigger(account.tenant, "order", "", [order(members[0], "o:2", 1)])
    assert runs(scenario) == [("o:1", "", "stopped"), ("o:2", "", "")]


def test_a_deleted_scenario_starts_nothing(
    account: LineAccount, members: list[Member]
) -> None:
    scenario = make_scenario(account, deleted_at=timezone.now())
    listen(scenario, "order")
    assert fire_trigger(account.tenant, "order", "", [order(members[0], "o:1")]) == 0


@pytest.mark.parametrize("values", [{}, {"second_event": "not_running"}])
def test_a_set_costs_what_one_costs(
    account: LineAccount,
    members: list[Member],
    values: dict[str, Any],
) -> None:
    make_scenario(account, steps=WEEK, **values).triggers.create(kind="linked")
    numbers, tenant = [], account.tenant
    for ids in ([members[0].pk], [member.pk for member in members]):
        with CaptureQueriesContext(connection) as seen:
            fire_trigger(tenant, "linked", "", ids, key=f"l:{len(ids)}")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]
