"""Birthdays and dates of attributes, night by night in the shop's zone."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from members.models import Attribute, AttributeValue, Member
from messaging.models import Delivery, Enrollment, LineAccount, Scenario, Trigger
from messaging.triggers import fire_dates
from sandbox.serving import Sandbox
from tests.messaging.conftest import make_friends, make_scenario

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    return make_friends(line, account, 2)


def make_birthday_scenario(
    account: LineAccount, days: int = 0, **values: Any
) -> Trigger:
    scenario = make_scenario(account, **values)
    return Trigger.objects.create(
        scenario=scenario, kind="birthday", params={"days": days}
    )


def run_night(account: LineAccount, day: date, monkeypatch: pytest.MonkeyPatch) -> Any:
    now = datetime(day.year, day.month, day.day, 0, 1, tzinfo=TOKYO)
    monkeypatch.setattr(fire_dates, "read_clock", lambda: now)
    return fire_dates.fire_dates(account.tenant)


def born(member: Member, day: date) -> None:
    Member.objects.filter(pk=member.pk).update(
        birthday=day, birth_md=day.month * 100 + day.day
    )


def test_a_week_before_the_birthday_once_a_year(
    account: LineAccount, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = make_birthday_scenario(account, days=-7)
    born(members[0], date(1990, 1, 3))
    born(members[1], date(1990, 1, 4))
    again = run_night(account, date(2026, 12, 27), monkeypatch)
    assert again == datetime(2026, 12, 28, 0, 1, tzinfo=TOKYO)
    row = Enrollment.objects.get()
    assert (row.member_id, row.trigger_key) == (
        members[0].pk,
        f"date:{trigger.pk}:2027",
    )
    assert row.triggered_at == datetime(2026, 12, 27, tzinfo=TOKYO)
    run_night(account, date(2026, 12, 27), monkeypatch)  # the task ran twice
    Trigger.objects.update(fired_on=None)
    run_night(account, date(2026, 12, 27), monkeypatch)
    assert Enrollment.objects.count() == 1


@pytest.mark.parametrize(
    ("night", "count"),
    [
        (date(2027, 2, 28), 1),
        (date(2028, 2, 28), 0),
        (date(2028, 2, 29), 1),
        (date(2027, 3, 1), 0),
    ],
)
def test_the_29th_of_february_is_the_28th(
    account: LineAccount,
    members: list[Member],
    monkeypatch: pytest.MonkeyPatch,
    night: date,
    count: int,
) -> None:
    make_birthday_scenario(account)
    born(members[0], date(1992, 2, 29))
    run_night(account, night, monkeypatch)
    assert Enrollment.objects.count() == count


def test_nights_without_a_run_are_made_up_for_but_not_later_dates(
    account: LineAccount, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_birthday_scenario(account)
    run_night(account, date(2026, 11, 1), monkeypatch)
    born(members[0], date(1990, 11, 1))  # told after the night on which it would count
    born(members[1], date(1990, 11, 3))
    run_night(account, date(2026, 11, 4), monkeypatch)
    rows = Enrollment.objects.values_list("member", "triggered_at")
    assert list(rows) == [(members[1].pk, datetime(2026, 11, 3, tzinfo=TOKYO))]


def test_days_on_which_the_scenario_was_off_are_not_made_up_for(
    account: LineAccount, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_birthday_scenario(account, is_on=False)
    born(members[0], date(1990, 11, 3))
    run_night(account, date(2026, 11, 3), monkeypatch)
    Scenario.objects.update(is_on=True)
    run_night(account, date(2026, 11, 4), monkeypatch)
    assert Enrollment.objects.count() == 0


def test_a_date_of_an_attribute_counts_once_for_each_value(
    account: LineAccount, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    attribute = Attribute.objects.create(name="次回", name_key="次回", kind="date")
    scenario = make_scenario(account, steps=[(timedelta(hours=10), "どうぞ")])
    Trigger.objects.create(
        scenario=scenario,
        kind="attribute_date",
        attribute=attribute,
        params={"days": 2},
    )
    value = AttributeValue.objects.create(
        attribute=attribute, member=members[0], date=date(2026, 11, 1)
    )
    run_night(account, date(2026, 11, 3), monkeypatch)
    run_night(account, date(2026, 11, 4), monkeypatch)
    AttributeValue.objects.filter(pk=value.pk).update(date=date(2026, 11, 5))
    run_night(account, date(2026, 11, 7), monkeypatch)
    rows = Delivery.objects.order_by("planned_at").values_list("planned_at", flat=True)
    assert list(rows)[-1] == datetime(2026, 11, 7, 10, tzinfo=TOKYO)
    assert Enrollment.objects.count() == 2


def test_without_a_date_trigger_nobody_comes_again(
    account: LineAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_scenario(account)
    assert run_night(account, date(2026, 11, 3), monkeypatch) is None
