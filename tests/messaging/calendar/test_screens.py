"""設定 › 営業日カレンダー: a year on one page, its rules, the calculator."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from messaging.calendar.manage import load_business_days
from messaging.models import (
    BusinessCalendar,
    CalendarDay,
    Content,
    Scenario,
    Step,
    Trigger,
)
from messaging.scenarios.plan import list_planned_steps
from messaging.schedule.due import get_shop_zone
from operators.models import AuditEntry

BASE = "/t/sakura/messages/calendar/"
RULES = {
    "year": "2026", "weekdays": ["5", "6"], "on_holidays": "on", "cutoff": "12:00", "from_closed_day": "",
    "shipping_days": "2",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-30 10:00:00+09:00", tick=True):
        yield


def read_states(page: str) -> dict[str, str]:
    """Day → what a click makes of it, of every button on the page."""
    return dict(re.findall(r'value="(\d{4}-\d\d-\d\d):(open|closed)"', page))


def test_the_page_shows_every_day_of_the_year_once(aiko: Client, sakura: Any) -> None:
    states = read_states(aiko.get(f"{BASE}?year=2026").content.decode())
    assert len(states) == 365
    assert states["2026-12-01"] == "closed"  # an open Tuesday
    assert states["2026-12-05"] == "open"  # a Saturday
    assert states["2026-11-03"] == "open"  # 文化の日, a Tuesday


def test_a_click_closes_a_day_and_a_second_one_opens_it_again(
    aiko: Client, sakura: Any
) -> None:
    answer = aiko.post(
        f"{BASE}day/", {"day": "2026-12-29:closed"}, headers={"HX-Request": "true"}
    )
    assert read_states(answer.content.decode())["2026-12-29"] == "open"
    assert list(CalendarDay.objects.values_list("day", "is_open")) == [
        (date(2026, 12, 29), False)
    ]
    answer = aiko.post(f"{BASE}day/", {"day": "2026-12-29:open"})
    assert answer["Location"] == f"{BASE}?year=2026"
    assert list(CalendarDay.objects.all()) == []
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "data")) == [
        ("calendar.day_set", {"day": "2026-12-29", "is_open": False}),
        ("calendar.day_set", {"day": "2026-12-29", "is_open": True}),
    ]


def test_the_same_click_twice_is_one_change(aiko: Client, sakura: Any) -> None:
    for _turn in range(2):
        aiko.post(f"{BASE}day/", {"day": "2026-12-05:open"})
    assert load_business_days().exceptions == {date(2026, 12, 5): True}
    assert AuditEntry.objects.count() == 1


def test_the_rules_hold_for_every_year(aiko: Client, sakura: Any) -> None:
    given = {**RULES, "weekdays": ["2"], "on_holidays": "", "from_closed_day": "closed"}
    answer = aiko.post(f"{BASE}rules/", given)
    assert answer["Location"] == f"{BASE}?year=2026"
    row = BusinessCalendar.objects.get()
    assert (row.closed_weekdays, row.closed_on_holidays, row.cutoff) == (
        "2",
        False,
        time(12),
    )
    assert (row.count_from_closed_day, row.shipping_days) == (True, 2)
    page = aiko.get(f"{BASE}?year=2031").content.decode()
    states = read_states(page)
    closed = {day for day, click in states.items() if click == "open"}
    assert closed == {
        day for day in states if date.fromisoformat(day).isoweekday() == 3
    }
    assert "祝日は予定" in page


def test_a_calendar_without_open_days_is_refused_with_what_was_typed(
    aiko: Client, sakura: Any
) -> None:
    given = {**RULES, "weekdays": list("0123456"), "shipping_days": "7"}
    answer = aiko.post(f"{BASE}rules/", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "60日間、営業日がありません" in page and 'value="7"' in page
    assert BusinessCalendar.objects.filter(closed_weekdays="0123456").count() == 0


def test_days_set_by_hand_are_cleared_for_one_year(aiko: Client, sakura: Any) -> None:
    for day in ("2026-12-30:closed", "2026-12-31:closed", "2027-01-04:closed"):
        aiko.post(f"{BASE}day/", {"day": day})
    aiko.post(f"{BASE}clear/", {"year": "2026"})
    assert load_business_days().exceptions == {date(2027, 1, 4): False}


@pytest.mark.parametrize(
    "day", ["2026-02-30:open", "1999-01-01:open", "x", "2026-12-01"]
)
def test_a_day_that_the_calendar_does_not_have(
    aiko: Client, sakura: Any, day: str
) -> None:
    assert aiko.post(f"{BASE}day/", {"day": day})["Location"] == BASE
    assert CalendarDay.objects.count() == 0


def test_staff_look_and_do_not_touch(ed: Client, sakura: Any) -> None:
    page = ed.get(BASE).content.decode()
    assert read_states(page) == {}
    assert "変更できるのは店長です" in page
    assert ed.post(f"{BASE}day/", {"day": "2026-12-29:closed"}).status_code == 403
    assert ed.post(f"{BASE}rules/", RULES).status_code == 403
    assert CalendarDay.objects.count() == 0


def test_the_calculator_names_the_days_and_the_rules(aiko: Client, sakura: Any) -> None:
    aiko.post(f"{BASE}rules/", RULES)
    asked = {
        "by": "order",
        "received": "2026-12-04T12:01",
        "steps": "3、10",
        "at": "10:30",
    }
    answer = aiko.get(f"{BASE}calculator/", asked)
    plan, steps = answer.context["plan"], answer.context["steps"]
    assert plan.receipt_day == date(2026, 12, 5)
    assert plan.start_day == date(2026, 12, 7)
    assert plan.shipping_day == date(2026, 12, 9)
    assert [f"{step.at:%m-%d %H:%M}" for step in steps] == [
        "12-12 10:30",
        "12-19 10:30",
    ]
    assert answer.context["rules"] == [
        "締め時間（12:00）を過ぎて届いたため、翌日の2026/12/05（土）の受注として扱います。",
        "2026/12/05（土）は休業日のため、次の営業日の2026/12/07（月）から数えます。",
        "2026/12/07（月）から2営業日後の2026/12/09（水）を出荷日とします。",
    ]


def ask_for(client: Client, scenario: Scenario, received: str, **asked: str) -> Any:
    given = {
        "by": "order",
        "received": received,
        "steps": "",
        "at": "",
        "scenario": scenario.public_id,
    }
    return client.get(f"{BASE}calculator/", given | asked).context


def make_follow_scenario(**values: Any) -> Scenario:
    scenario = Scenario.objects.create(
        name="到着後", counts_from="shipping", second_event="once", **values
    )
    Trigger.objects.create(scenario=scenario, kind="order")
    for delay, at, open_days in (
        (0, time(9), False),
        (2, None, True),
        (3, time(21), False),
    ):
        Step.objects.create(
            scenario=scenario,
            delay=timedelta(days=delay),
            at_time=at,
            open_days=open_days,
            content=Content.objects.create(text="x"),
        )
    return scenario


def test_the_calculator_says_of_each_message_what_moved_it(
    aiko: Client, sakura: Any
) -> None:
    """It shows what the planner books: a scenario's own days, times and window, each move with its reason."""
    aiko.post(f"{BASE}rules/", RULES | {"shipping_days": "0"})
    scenario = make_follow_scenario(send_from=time(9), send_until=time(20))
    shown = ask_for(aiko, scenario, "2026-12-04T11:00", again="2026-12-10T11:00")
    assert [(f"{row.at:%m-%d %H:%M}", row.moved) for row in shown["steps"]] == [
        (
            "12-04 11:00",
            [
                "計算した日時（2026/12/04 09:00）を過ぎているため、受信してすぐに送ります。"
            ],
        ),
        ("12-08 11:00", ["日数を営業日で数えました。"]),
        (
            "12-08 09:00",
            [
                "送信時間帯（09:00〜20:00）の外の2026/12/07 21:00になるため、次の開始時刻にしました。"
            ],
        ),
    ]
    assert [rule["is_set"] for rule in shown["examples"]] == [False, True, False, False]
    base = datetime(2026, 12, 4, 11, tzinfo=get_shop_zone())
    planned = list_planned_steps([scenario], [base], base)
    assert [row.at for row in shown["steps"]] == [each.at for each in planned]
    shipped = make_follow_scenario()
    Scenario.objects.filter(pk=shipped.pk).update(counts_from="event")
    (first, *_rest) = ask_for(aiko, shipped, "2026-12-04T11:00", by="shipped")["steps"]
    assert (f"{first.at:%m-%d %H:%M}", first.moved) == (
        "12-05 09:00",
        ["09:00を過ぎていたため、翌日にしました。"],
    )


def test_the_calculator_keeps_what_cannot_be_read(aiko: Client, sakura: Any) -> None:
    asked = {
        "by": "order",
        "received": "2026-12-04T12:01",
        "steps": "三日",
        "at": "9:00",
    }
    answer = aiko.get(f"{BASE}calculator/", asked)
    assert answer.status_code == 422
    assert 'value="三日"' in answer.content.decode()


def test_the_calculator_plays_a_second_order_under_each_rule(
    aiko: Client, sakura: Any
) -> None:
    aiko.post(f"{BASE}rules/", RULES)
    asked = {
        "by": "order",
        "received": "2026-12-04T11:00",
        "again": "2026-12-10T11:00",
        "steps": "1, 5",
        "at": "10:30",
    }
    answer = aiko.get(f"{BASE}calculator/", asked)
    shown = {
        str(example["label"]): [
            f"{mail.event}-{mail.number} {mail.at:%d %H:%M}"
            for mail in example["mails"]
            if mail.goes
        ]
        for example in answer.context["examples"]
    }
    first, second = ["1-1 09 10:30", "1-2 13 10:30"], ["2-1 15 10:30", "2-2 19 10:30"]
    assert shown == {
        "毎回送信する": [*first, *second],
        "一度だけ送信する": first,
        "シナリオ実行中なら送信しない": first,
        "新しいシナリオを実行": [first[0], *second],
    }
    later = aiko.get(f"{BASE}calculator/", asked | {"again": "2026-12-14T11:00"})
    running = later.context["examples"][2]
    assert [mail.goes for mail in running["mails"]] == [True] * 4


def test_the_second_order_comes_after_the_first(aiko: Client, sakura: Any) -> None:
    asked = {
        "by": "order",
        "received": "2026-12-04T11:00",
        "again": "2026-12-04T11:00",
        "steps": "1",
        "at": "10:30",
    }
    answer = aiko.get(f"{BASE}calculator/", asked)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["again"]
